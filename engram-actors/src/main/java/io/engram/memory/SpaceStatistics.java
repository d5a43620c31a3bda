package io.engram.memory;

import java.time.Instant;
import java.util.Map;
import java.util.Optional;

/**
 * Figures about one space.
 *
 * @param memories memories that can be found
 * @param suppressed memories held back by a suppressing forget
 * @param embedded memories with a model's vector
 * @param awaitingEmbedding memories whose text still waits for its vector
 * @param byType memories of each type
 * @param averageConfidence mean stored confidence, 0 when there are none
 * @param links associations between memories
 * @param oldest earliest {@link Memory#observedAt()}
 * @param newest latest {@link Memory#observedAt()}
 * @param clientDimension dimension of the clients' vectors, 0 before the first
 */
public record SpaceStatistics(
        int memories,
        int suppressed,
        int embedded,
        int awaitingEmbedding,
        Map<MemoryType, Integer> byType,
        float averageConfidence,
        long links,
        Optional<Instant> oldest,
        Optional<Instant> newest,
        int clientDimension) {
    /** A space without memories. */
    public static final SpaceStatistics EMPTY =
            new SpaceStatistics(0, 0, 0, 0, Map.of(), 0f, 0L, Optional.empty(), Optional.empty(), 0);

    public SpaceStatistics {
        byType = Map.copyOf(byType);
    }
}
