package io.engram.memory;

import java.util.List;

/**
 * An engine's whole state as plain values, from which {@link SpaceEngine#restore(EngineSnapshot)} makes an engine that answers alike.
 *
 * @param memories in the order in which their ids were first stored; read-only, and it may build its elements while it
 *     is read, on any thread
 * @param clientDimension dimension of the clients' vectors, 0 before the first; outlives the memories that fixed it
 */
public record EngineSnapshot(List<StoredMemory> memories, int clientDimension) {
    public EngineSnapshot {
        if (clientDimension < 0) {
            throw new IllegalArgumentException("clientDimension must be 0 or more, not " + clientDimension);
        }
    }
}
