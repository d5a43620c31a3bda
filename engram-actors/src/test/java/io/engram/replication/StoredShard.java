package io.engram.replication;

import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/** A shard as a simulated disk holds it; an immutable value. */
record StoredShard(ShardState state, SortedMap<LogName, StoredLog> logs) {
    static final StoredShard EMPTY = new StoredShard(ShardState.NONE, Collections.emptySortedMap());

    StoredLog log(LogName name) {
        return logs.getOrDefault(name, StoredLog.EMPTY);
    }

    StoredShard with(LogName name, StoredLog log) {
        var changed = new TreeMap<>(logs);
        changed.put(name, log);
        return new StoredShard(state, Collections.unmodifiableSortedMap(changed));
    }

    StoredShard with(List<Change> changes) {
        var newState = state;
        var changed = new TreeMap<>(logs);
        for (var change : changes) {
            switch (change) {
                case Change.Append c ->
                    changed.put(c.log(), of(changed, c.log()).append(c.before(), c.entries()));
                case Change.CutAfter c ->
                    changed.put(c.log(), of(changed, c.log()).cutAfter(c.point()));
                case Change.CutTo c -> changed.put(c.log(), of(changed, c.log()).cutTo(c.point()));
                case Change.BeginAt c ->
                    changed.put(c.log(), of(changed, c.log()).beginAt(c.point()));
                case Change.Mend c -> changed.put(c.log(), of(changed, c.log()).mend(c.entries()));
                case Change.Drop c -> changed.remove(c.log());
                case Change.PutState c -> newState = c.state();
            }
        }
        return new StoredShard(newState, Collections.unmodifiableSortedMap(changed));
    }

    /** A log whose damage stands in the way of changes, because it has been noted meanwhile, or is met by them. */
    Optional<LogName> refuses(List<Change> changes) {
        for (var change : changes) {
            switch (change) {
                case Change.Append append -> {
                    var cutBefore = changes.stream()
                            .anyMatch(c -> c instanceof Change.CutAfter cut
                                    && cut.log().equals(append.log()));
                    if (log(append.log()).noted() && !cutBefore) {
                        return Optional.of(append.log());
                    }
                }
                case Change.CutAfter cut -> {
                    if (log(cut.log()).damaged().contains(cut.point().index())) {
                        return Optional.of(cut.log());
                    }
                }
                case Change.CutTo cut -> {
                    if (log(cut.log()).noted()
                            && !log(cut.log()).foundUpTo(cut.point().index())) {
                        return Optional.of(cut.log());
                    }
                }
                case Change.BeginAt _, Change.Mend _, Change.Drop _, Change.PutState _ -> {}
            }
        }
        return Optional.empty();
    }

    private static StoredLog of(TreeMap<LogName, StoredLog> logs, LogName name) {
        return logs.getOrDefault(name, StoredLog.EMPTY);
    }
}
