package io.engram.memory;

import java.util.AbstractList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.RandomAccess;

/** The entries of a state as values, each made when it is asked for. */
final class SnapshotList extends AbstractList<StoredMemory> implements RandomAccess {
    private final EngineState state;
    private final List<Entry> present;

    SnapshotList(EngineState state) {
        this.state = state;
        List<Entry> found = new ArrayList<>(state.tally().memories + state.tally().suppressed);
        for (int i = 0; i < state.entries().size(); i++) {
            Entry entry = state.entries().get(i);
            if (entry != null) {
                found.add(entry);
            }
        }
        present = List.copyOf(found);
    }

    @Override
    public StoredMemory get(int index) {
        Entry entry = present.get(index);
        return new StoredMemory(entry.versions().oldestFirst(), entry.suppressed(), vector(entry, state));
    }

    @Override
    public int size() {
        return present.size();
    }

    static Optional<ModelVector> vector(Entry entry, EngineState state) {
        if (entry.model() == Entry.NO_VECTOR) {
            return Optional.empty();
        }
        EngineState.ModelVectors model = state.models().get(entry.model());
        return Optional.of(new ModelVector(
                model.modelId(),
                model.vectors().bytes(entry.slot()),
                model.vectors().scale(entry.slot())));
    }
}
