package io.engram.memory;

/**
 * One memory that came to mind.
 *
 * @param memory what came to mind
 * @param kind which list it belongs to
 * @param rank place in that list, from 1
 * @param confidence how far this recollection can be trusted, 0 to 1: the stored confidence weighed by how well the
 *     cue was met
 * @param activation how strongly it came to mind, 0 to 1; the order of the lists
 * @param similarity how alike cue and memory are, 0 to 1, whatever else activated it
 * @param parts where the activation comes from
 */
public record Recollection(
        Memory memory, Kind kind, int rank, float confidence, float activation, float similarity, ScoreParts parts) {

    /** How a memory came back. */
    public enum Kind {
        /** Confidently: {@code confidence} above 0.7. */
        VIVID,
        /** Less surely, or by way of another memory. */
        ASSOCIATED,
        /** Put together from parts rather than found. */
        RECONSTRUCTED
    }
}
