package io.engram.log;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Changes for a database that keeps none of its own. */
final class ListBatch implements OrderedStore.Batch {
    /** One change; without a value it removes. */
    record Change(byte[] key, byte @Nullable [] value) {}

    private final List<Change> changes = new ArrayList<>();

    @Override
    public void put(byte[] key, byte[] value) {
        changes.add(new Change(key, value));
    }

    @Override
    public void delete(byte[] key) {
        changes.add(new Change(key, null));
    }

    @Override
    public int size() {
        return changes.size();
    }

    List<Change> changes() {
        return changes;
    }

    @Override
    public void close() {}
}
