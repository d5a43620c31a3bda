package io.engram.memory;

import io.engram.memory.vector.VectorSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a view reads, as it was at one moment.
 *
 * @param dead rows that are overwritten, suppressed or deleted
 * @param tally nobody changes it once it is here
 * @param models the vectors of each model that was ever used
 * @param clients the clients' own vectors, once there is one
 * @param firstAwaiting no entry with a smaller ordinal awaits its vector
 */
record EngineState(
        EngineSettings settings,
        RowTable.View rows,
        Bits dead,
        IdMap ids,
        Sequence<Entry> entries,
        TimeOrder order,
        Tally tally,
        List<ModelVectors> models,
        VectorSet.@Nullable View clients,
        int clientDimension,
        int firstAwaiting) {

    /**
     * One model's vectors.
     *
     * @param replaced slots whose memory has a newer vector
     */
    record ModelVectors(String modelId, VectorSet.View vectors, Bits replaced) {}

    boolean isAlive(int row) {
        return !dead.get(row);
    }

    @Nullable
    Entry entry(String id) {
        int ordinal = ids.get(id);
        return ordinal == IdMap.ABSENT ? null : entries.get(ordinal);
    }
}
