package io.engram.log;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes that are made together or not at all. */
final class Batch {
    /** One change; without a value it removes. */
    record Change(byte[] key, byte @Nullable [] value) {}

    private final List<Change> changes = new ArrayList<>();

    void put(byte[] key, byte[] value) {
        changes.add(new Change(key, value));
    }

    void delete(byte[] key) {
        changes.add(new Change(key, null));
    }

    List<Change> changes() {
        return changes;
    }

    boolean isEmpty() {
        return changes.isEmpty();
    }
}
