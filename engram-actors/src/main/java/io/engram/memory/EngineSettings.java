package io.engram.memory;

/**
 * The engine's weights. Every engine that replays one space must have the same.
 *
 * @param bm25K1 saturation of term frequency in BM25 (Robertson, Zaragoza 2009), above 0
 * @param bm25B how far BM25 allows for a text's length, 0 to 1
 * @param lexicalWeight share of the lexical list where there are two, above 0
 * @param vectorWeight share of the vector list where there are two, above 0
 * @param listLength how many of the best of each list a recall starts from, 1 or more
 * @param searchCoverage share of a query's weight that a memory must hold to be found by its words, 0 to 1; see
 *     {@link SearchQuery}
 * @param hybridSpread share of a memory's activation that its neighbours in time receive in HYBRID mode, 0 to 1
 * @param spreadingSpread the same in SPREADING mode
 * @param duplicateCosine cosine of clients' vectors from which two memories are the same, 0 to 1
 */
public record EngineSettings(
        float bm25K1,
        float bm25B,
        float lexicalWeight,
        float vectorWeight,
        int listLength,
        float searchCoverage,
        float hybridSpread,
        float spreadingSpread,
        float duplicateCosine) {
    public static final EngineSettings DEFAULT =
            new EngineSettings(1.2f, 0.75f, 0.3f, 0.7f, 100, 0.25f, 0.35f, 0.7f, 0.95f);

    public EngineSettings {
        if (!(bm25K1 > 0f) || !(lexicalWeight > 0f) || !(vectorWeight > 0f) || listLength < 1) {
            throw new IllegalArgumentException("weights, k1 and listLength must be above 0");
        }
        requireShare("bm25B", bm25B);
        requireShare("searchCoverage", searchCoverage);
        requireShare("hybridSpread", hybridSpread);
        requireShare("spreadingSpread", spreadingSpread);
        requireShare("duplicateCosine", duplicateCosine);
    }

    private static void requireShare(String name, float value) {
        if (!(value >= 0f && value <= 1f)) {
            throw new IllegalArgumentException(name + " must be between 0 and 1, not " + value);
        }
    }
}
