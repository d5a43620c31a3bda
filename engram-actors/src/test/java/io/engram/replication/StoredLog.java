package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/**
 * A log as a simulated disk holds it; an immutable value.
 *
 * @param base where the entries begin
 * @param entries in a row
 * @param damaged indexes of entries that cannot be read
 * @param found those of them that somebody has met; more may be damaged later
 * @param snapshots of the log's space, the newest last
 */
record StoredLog(
        LogPoint base, List<LogEntry> entries, List<Long> damaged, List<Long> found, List<StoredSnapshot> snapshots) {
    static final StoredLog EMPTY = new StoredLog(LogPoint.START, List.of(), List.of(), List.of(), List.of());

    /**
     * A space's state.
     *
     * @param point up to where
     * @param contents of all entries up to there
     */
    record StoredSnapshot(LogPoint point, List<String> contents) {}

    /** Whether the log is known to be damaged. */
    boolean noted() {
        return !found.isEmpty();
    }

    /** Whether more is damaged than was met. */
    boolean hasUnmetDamage() {
        return !found.containsAll(damaged);
    }

    LogPoint last() {
        return entries.isEmpty() ? base : entries.getLast().point();
    }

    /** The point at an index, if the log has it and it can be read. */
    Optional<LogPoint> point(long index) {
        if (index == base.index()) {
            return Optional.of(base);
        }
        if (index < base.index() || index > last().index() || damaged.contains(index)) {
            return Optional.empty();
        }
        return Optional.of(entry(index).point());
    }

    LogEntry entry(long index) {
        return entries.get((int) (index - base.index() - 1));
    }

    StoredLog append(LogPoint before, List<LogEntry> more) {
        require(before.equals(last()), "an append behind %s to a log that ends at %s", before, last());
        require(!noted(), "an append to a damaged log");
        var all = new ArrayList<LogEntry>(entries.size() + more.size());
        all.addAll(entries);
        var point = before;
        for (var entry : more) {
            require(entry.follows(point), "entry %s does not follow %s", entry, point);
            point = entry.point();
            all.add(entry);
        }
        return new StoredLog(base, all, damaged, found, snapshots);
    }

    StoredLog cutAfter(LogPoint point) {
        require(point.index() >= base.index() && point.index() <= last().index(), "a cut at %s of %s", point, this);
        require(point(point.index()).filter(point::equals).isPresent(), "a cut at %s of %s", point, this);
        var left = entries.subList(0, (int) (point.index() - base.index()));
        return new StoredLog(
                base, List.copyOf(left), upTo(point.index(), damaged), upTo(point.index(), found), snapshots);
    }

    StoredLog cutTo(LogPoint point) {
        require(!noted() || foundUpTo(point.index()), "a truncation at %s of the damaged log %s", point, this);
        require(
                snapshots.stream().anyMatch(s -> s.point().equals(point)),
                "a truncation at %s without snapshot",
                point);
        if (point.index() <= base.index()) {
            return this;
        }
        var left = entries.subList((int) (point.index() - base.index()), entries.size());
        var still = damaged.stream().filter(i -> i > point.index()).toList();
        return new StoredLog(point, List.copyOf(left), still, List.of(), snapshots);
    }

    /** Whether no damage that was met is behind an index. */
    boolean foundUpTo(long index) {
        return found.stream().allMatch(i -> i <= index);
    }

    private static List<Long> upTo(long index, List<Long> indexes) {
        return indexes.stream().filter(i -> i <= index).toList();
    }

    StoredLog beginAt(LogPoint point) {
        require(snapshots.stream().anyMatch(s -> s.point().equals(point)), "a beginning at %s without snapshot", point);
        return new StoredLog(point, List.of(), List.of(), List.of(), snapshots);
    }

    StoredLog mend(List<LogEntry> whole) {
        var all = new ArrayList<>(entries);
        var still = new TreeSet<>(damaged);
        var stillFound = new TreeSet<>(found);
        for (var entry : whole) {
            var at = (int) (entry.index() - base.index() - 1);
            require(at >= 0 && at < all.size(), "mending %s of %s", entry, this);
            require(all.get(at).checksum() == entry.checksum(), "mended with another entry: %s", entry);
            all.set(at, entry);
            still.remove(entry.index());
            stillFound.remove(entry.index());
        }
        return new StoredLog(base, List.copyOf(all), List.copyOf(still), List.copyOf(stillFound), snapshots);
    }

    /** One entry more cannot be read, if it is there. */
    StoredLog damage(long index) {
        if (index <= base.index() || index > last().index()) {
            return this;
        }
        var more = new TreeSet<>(damaged);
        more.add(index);
        return new StoredLog(base, entries, List.copyOf(more), found, snapshots);
    }

    /** All that is damaged now has been met. */
    StoredLog note() {
        return new StoredLog(base, entries, damaged, damaged, snapshots);
    }

    /**
     * One snapshot more. Of those that the log has come up to, the newest two are kept; one that is ahead of the log, or not of
     * what is in it, was fetched for it and stays.
     */
    StoredLog withSnapshot(StoredSnapshot snapshot) {
        var all = new ArrayList<>(snapshots);
        all.removeIf(s -> s.point().equals(snapshot.point()));
        all.add(snapshot);
        all.sort(Comparator.comparingLong(s -> s.point().index()));
        var superfluous = all.stream().filter(this::isOwn).toList();
        all.removeAll(superfluous.subList(0, Math.max(0, superfluous.size() - 2)));
        return new StoredLog(base, entries, damaged, found, List.copyOf(all));
    }

    /** Whether the log has come so far, and does not say that the snapshot is of something else. */
    private boolean isOwn(StoredSnapshot snapshot) {
        var index = snapshot.point().index();
        return index <= last().index()
                && !point(index).filter(p -> !p.equals(snapshot.point())).isPresent();
    }

    /** The snapshots from which the log goes on, the newest last. */
    List<StoredSnapshot> goodSnapshots() {
        return snapshots.stream()
                .filter(s -> point(s.point().index()).filter(s.point()::equals).isPresent())
                .toList();
    }

    /** What the space remembers at an index; empty if damage is in the way. */
    Optional<List<String>> contentsUpTo(long index) {
        var contents = new ArrayList<String>();
        if (base.index() > 0) {
            var snapshot = goodSnapshots().stream()
                    .filter(s -> s.point().index() <= index)
                    .findFirst();
            if (snapshot.isEmpty()) {
                return Optional.empty();
            }
            contents.addAll(snapshot.get().contents());
        }
        for (var i = contents.size() + 1L; i <= index; i++) {
            if (i > last().index() || damaged.contains(i)) {
                return Optional.empty();
            }
            contents.add(new String(entry(i).content(), java.nio.charset.StandardCharsets.UTF_8));
        }
        return Optional.of(contents);
    }

    private static void require(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new AssertionError("the disk was asked for nonsense: " + message.formatted(arguments));
        }
    }

    @Override
    public String toString() {
        return "%d..%d(%08x)%s"
                .formatted(
                        base.index(),
                        last().index(),
                        (int) last().checksum(),
                        damaged.isEmpty() ? "" : " damaged " + damaged);
    }
}
