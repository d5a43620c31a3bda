package io.engram.catalog;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An immutable sorted map that is changed through a {@link Draft}. A draft without changes gives the same object back, so
 * that two documents of which one was made from the other are compared without looking at what did not change.
 *
 * @param <K> keys, in their natural order
 * @param <V> immutable values
 */
public final class Table<K extends Comparable<? super K>, V> {
    private static final Table<?, ?> EMPTY = new Table<>(new TreeMap<String, Object>());

    private final TreeMap<K, V> entries;

    private Table(TreeMap<K, V> entries) {
        this.entries = entries;
    }

    @SuppressWarnings("unchecked")
    public static <K extends Comparable<? super K>, V> Table<K, V> empty() {
        return (Table<K, V>) EMPTY;
    }

    public static <K extends Comparable<? super K>, V> Table<K, V> of(Map<K, V> entries) {
        return entries.isEmpty() ? empty() : new Table<>(new TreeMap<>(entries));
    }

    public int size() {
        return entries.size();
    }

    public boolean isEmpty() {
        return entries.isEmpty();
    }

    public Optional<V> get(K key) {
        return Optional.ofNullable(entries.get(key));
    }

    @Nullable
    V find(K key) {
        return entries.get(key);
    }

    public boolean contains(K key) {
        return entries.containsKey(key);
    }

    public Set<Map.Entry<K, V>> entries() {
        return asMap().entrySet();
    }

    public Set<K> keys() {
        return asMap().keySet();
    }

    public Collection<V> values() {
        return asMap().values();
    }

    /** Cannot be changed. */
    public SortedMap<K, V> asMap() {
        return Collections.unmodifiableSortedMap(entries);
    }

    Draft<K, V> draft() {
        return new Draft<>(this);
    }

    /** What has to be changed to get another table. */
    Change<K, V> changesTo(Table<K, V> other) {
        if (this == other) {
            return new Change<>(Table.<K, V>empty(), List.of());
        }
        var put = new TreeMap<K, V>();
        other.entries.forEach((key, value) -> {
            if (!value.equals(entries.get(key))) {
                put.put(key, value);
            }
        });
        var removed = new ArrayList<K>();
        for (var key : entries.keySet()) {
            if (!other.entries.containsKey(key)) {
                removed.add(key);
            }
        }
        return new Change<>(of(put), removed);
    }

    @Override
    public boolean equals(@Nullable Object other) {
        return this == other || other instanceof Table<?, ?> table && entries.equals(table.entries);
    }

    @Override
    public int hashCode() {
        return Objects.hashCode(entries);
    }

    @Override
    public String toString() {
        return entries.toString();
    }

    /**
     * The difference between two tables.
     *
     * @param put what is new or has another value
     * @param removed what is gone
     */
    public record Change<K extends Comparable<? super K>, V>(Table<K, V> put, List<K> removed) {
        public Change {
            removed = List.copyOf(removed);
        }

        public boolean isEmpty() {
            return put.isEmpty() && removed.isEmpty();
        }

        Table<K, V> applyTo(Table<K, V> base) {
            if (isEmpty()) {
                return base;
            }
            var draft = base.draft();
            removed.forEach(draft::remove);
            put.entries.forEach(draft::put);
            return draft.done();
        }
    }

    /** A table in the making, whose latest changes can be taken back. */
    static final class Draft<K extends Comparable<? super K>, V> {
        private record Undo<K, V>(K key, @Nullable V before) {}

        private final ArrayDeque<Undo<K, V>> undo = new ArrayDeque<>();
        private Table<K, V> base;
        private @Nullable TreeMap<K, V> changed;

        private Draft(Table<K, V> base) {
            this.base = base;
        }

        @Nullable
        V find(K key) {
            return changed == null ? base.entries.get(key) : changed.get(key);
        }

        int size() {
            return changed == null ? base.entries.size() : changed.size();
        }

        Collection<V> values() {
            return changed == null ? base.entries.values() : changed.values();
        }

        void put(K key, V value) {
            var before = find(key);
            if (!value.equals(before)) {
                undo.push(new Undo<>(key, before));
                own().put(key, value);
            }
        }

        void remove(K key) {
            var before = find(key);
            if (before != null) {
                undo.push(new Undo<>(key, before));
                own().remove(key);
            }
        }

        /** What was changed so far can not be taken back any more. */
        void keep() {
            undo.clear();
        }

        /** Takes back what was changed since {@link #keep}. */
        void takeBack() {
            while (!undo.isEmpty()) {
                var last = undo.pop();
                if (last.before() == null) {
                    own().remove(last.key());
                } else {
                    own().put(last.key(), last.before());
                }
            }
        }

        /** The table so far; the draft may be changed on. */
        Table<K, V> done() {
            if (changed != null) {
                base = changed.isEmpty() ? empty() : new Table<>(changed);
                changed = null;
            }
            return base;
        }

        private TreeMap<K, V> own() {
            if (changed == null) {
                changed = new TreeMap<>((SortedMap<K, V>) base.entries);
            }
            return changed;
        }
    }
}
