package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Reads a shard from a simulated disk: what is durable, and nothing else. */
final class StoredReader implements LogReader {
    private final Supplier<StoredShard> disk;
    private final Consumer<LogName> onDamage;

    /** @param onDamage told of each log in which a read met damage */
    StoredReader(Supplier<StoredShard> disk, Consumer<LogName> onDamage) {
        this.disk = disk;
        this.onDamage = onDamage;
    }

    @Override
    public ShardState state() {
        return disk.get().state();
    }

    @Override
    public List<LogName> logs() {
        return List.copyOf(disk.get().logs().keySet());
    }

    @Override
    public LogPoint base(LogName log) {
        return disk.get().log(log).base();
    }

    @Override
    public LogPoint last(LogName log) {
        var stored = disk.get().log(log);
        var index = stored.last().index();
        while (stored.damaged().contains(index)) {
            index--;
        }
        return stored.point(index).orElseThrow();
    }

    @Override
    public Optional<LogPoint> point(LogName log, long index) {
        var stored = disk.get().log(log);
        if (stored.damaged().contains(index)) {
            onDamage.accept(log);
        }
        return stored.point(index);
    }

    @Override
    public List<LogEntry> read(LogName log, long from, long to, int maxEntries, long maxBytes) {
        var stored = disk.get().log(log);
        var read = new ArrayList<LogEntry>();
        var bytes = 0L;
        for (var index = from; index <= Math.min(to, stored.last().index()); index++) {
            if (index <= stored.base().index()) {
                throw new AssertionError(
                        "entry %d of %s was asked for, which begins at %s".formatted(index, log, stored.base()));
            }
            if (stored.damaged().contains(index)) {
                onDamage.accept(log);
                if (read.isEmpty()) {
                    throw new DamagedLogException(log, hole(stored));
                }
                break;
            }
            var entry = stored.entry(index);
            if (read.size() >= maxEntries || !read.isEmpty() && bytes + entry.bytes() > maxBytes) {
                break;
            }
            bytes += entry.bytes();
            read.add(entry);
        }
        return read;
    }

    @Override
    public Optional<LogPoint> snapshot(LogName log) {
        return disk.get().log(log).goodSnapshots().reversed().stream()
                .map(StoredLog.StoredSnapshot::point)
                .findFirst();
    }

    @Override
    public Optional<Hole> hole(LogName log) {
        var stored = disk.get().log(log);
        // The last entry is read when a log is opened.
        var known = new TreeSet<>(stored.found());
        for (var index = stored.last().index(); stored.damaged().contains(index); index--) {
            known.add(index);
        }
        return known.isEmpty() ? Optional.empty() : Optional.of(new Hole(known.first(), known.last()));
    }

    static Hole hole(StoredLog stored) {
        return new Hole(stored.damaged().getFirst(), stored.damaged().getLast());
    }
}
