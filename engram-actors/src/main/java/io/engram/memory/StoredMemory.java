package io.engram.memory;

import java.util.List;
import java.util.Optional;

/**
 * All that an engine keeps of one id.
 *
 * @param versions every version, oldest first; at least one
 * @param suppressed whether it is held back by a suppressing forget
 * @param vector the current version's vector by a model, if it has one; a suppressed memory has none
 */
public record StoredMemory(List<Memory> versions, boolean suppressed, Optional<ModelVector> vector) {
    public StoredMemory {
        versions = List.copyOf(versions);
        if (versions.isEmpty()) {
            throw new IllegalArgumentException("a stored memory needs at least one version");
        }
    }

    public Memory current() {
        return versions.getLast();
    }

    public String id() {
        return current().id();
    }
}
