package io.engram.log.files;

import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Commit;
import io.engram.log.format.Values.Lost;
import io.engram.log.format.Values.Touched;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What is known of the logs while the changes in the write-ahead logs go by, and what the gaps in them have lost.
 *
 * <p>The sequences on both sides of a hole say how many changes it had. Entries that are missing by the notes, notes that are
 * gone, and values that can be rebuilt from others account for some of them. If any change is left that nothing accounts for, it
 * may have been anything, and every log that the commits touched is taken to lack something.
 */
final class Ledger {
    private final Newest newest;
    private final Rebuilding rebuilding;
    private final long floor;
    private final Map<Long, Long> lastIndexes = new HashMap<>();
    private final Losses losses = new Losses();
    private final List<String> problems = new ArrayList<>();
    private OptionalLong commit = OptionalLong.empty();
    private List<Touched> lastTouched = List.of();

    /** @param floor a sequence above all that the tables hold */
    Ledger(Earlier earlier, long floor) throws IOException {
        this.floor = floor;
        newest = new Newest(earlier);
        rebuilding = new Rebuilding(newest);
        try {
            var note = earlier.value(Keys.COMMIT);
            if (note.isEmpty()) {
                commit = OptionalLong.of(0);
            } else {
                see(Op.put(0, Keys.COMMIT, note.get()));
            }
        } catch (BadBytesException e) {
            // Then a hole before the first note cannot be attributed.
            commit = OptionalLong.empty();
        }
    }

    /** The number of the newest commit note so far, if it is known. */
    OptionalLong commit() {
        return commit;
    }

    Losses losses() {
        return losses;
    }

    List<String> problems() {
        return problems;
    }

    /** Takes a change into account that is certain. */
    void see(Op op) {
        seeValue(op);
        Gap.commitIn(op).ifPresent(note -> {
            note.previous().forEach(each -> lastIndexes.putIfAbsent(each.log(), each.last()));
            committed(note.number(), note.own());
        });
    }

    private void seeValue(Op op) {
        newest.see(op);
        if (op.key().length > Long.BYTES && op.key()[0] != Keys.NAME_KIND) {
            rebuilding.number(Keys.numberOf(op.key()));
        }
    }

    private void committed(long number, List<Touched> touched) {
        touched.forEach(each -> {
            lastIndexes.put(each.log(), each.last());
            rebuilding.number(each.log());
        });
        commit = OptionalLong.of(number);
        lastTouched = touched;
    }

    /** Finds out what a gap has lost, and gives its holes what shall stand in them. */
    void settle(Gap gap, Optional<Commit> next) throws IOException {
        var known = commit.isPresent();
        var found = gap.holes().stream().flatMap(hole -> hole.found().stream()).toList();
        // Found roots first: a log that came from elsewhere begins behind its base point.
        found.stream().filter(op -> Gap.commitIn(op).isEmpty()).forEach(this::seeValue);
        var expected = expectedIn(gap);
        var runs = new TreeMap<Long, List<Expected.Run>>();
        expected.forEach((log, each) -> runs.put(log, each.missing(log, found)));
        gap.touched().values().forEach(touched -> touched.forEach(each -> rebuilding.number(each.log())));
        if (!gap.isHarmless()) {
            var accounted = gap.missing().size() + count(runs.values()) + rebuilt(expected.keySet(), found);
            var anything = gap.lostChanges().isEmpty()
                    || gap.lostChanges().getAsLong() != accounted
                    || !expected.values().stream().allMatch(Expected::isCertain);
            gap.problem().ifPresent(problems::add);
            // Without a note on both sides a change that nothing accounts for may have been part of a commit of its own.
            if (anything && gap.problem().isEmpty() && (next.isEmpty() || !known)) {
                problems.add("nobody can say which writes were lost (%s)".formatted(gap.where()));
            }
            expected.forEach((log, each) -> {
                if (anything || each.shortened()) {
                    losses.add(log, new Lost(0, each.highest(), "part of a write was lost (%s)".formatted(gap.where())));
                }
            });
        }
        runs.forEach((log, each) -> each.forEach(
                run -> losses.add(log, new Lost(run.first(), run.last(), "lost (%s)".formatted(gap.where())))));
        fill(gap);
        gap.touched().forEach(this::committed);
    }

    private TreeMap<Long, Expected> expectedIn(Gap gap) throws IOException {
        var expected = new TreeMap<Long, Expected>();
        for (var touched : gap.touched().values()) {
            for (var each : touched) {
                var log = expected.get(each.log());
                if (log == null) {
                    log = new Expected(lastIndex(each.log()));
                    expected.put(each.log(), log);
                }
                log.add(each);
            }
        }
        return expected;
    }

    private OptionalLong lastIndex(long log) throws IOException {
        var noted = lastIndexes.get(log);
        if (noted != null) {
            return OptionalLong.of(Math.max(0, noted));
        }
        if (losses.concerns(log) || !newest.damage(log).isEmpty()) {
            return OptionalLong.empty();
        }
        try {
            return OptionalLong.of(newest.lastEntry(log));
        } catch (BadBytesException e) {
            return OptionalLong.empty();
        }
    }

    private static long count(Collection<List<Expected.Run>> runs) {
        return runs.stream().flatMap(List::stream).mapToLong(Expected.Run::count).sum();
    }

    private int rebuilt(Collection<Long> touched, List<Op> found) throws IOException {
        try {
            return rebuilding.lostIn(touched, found);
        } catch (BadBytesException e) {
            // Where the tables are damaged, too, nothing is rebuilt and less is accounted for.
            return 0;
        }
    }

    /** Puts what was found, and the notes that are gone, where they were. */
    private void fill(Gap gap) {
        var missing = new ArrayList<>(gap.missing());
        for (var hole : gap.holes()) {
            var ops = new ArrayList<Op>();
            for (var op : hole.found()) {
                Gap.commitIn(op).ifPresent(note -> moveNotes(missing, note.number(), gap, ops));
                ops.add(op);
            }
            if (hole == gap.holes().getLast()) {
                moveNotes(missing, Long.MAX_VALUE, gap, ops);
            }
            if (!hole.keep(ops, floor)) {
                hole.keep(hole.found(), floor);
            }
        }
    }

    private void moveNotes(List<Long> missing, long below, Gap gap, List<Op> to) {
        while (!missing.isEmpty() && missing.getFirst() < below) {
            var number = missing.removeFirst();
            var own = gap.touched().get(number);
            if (own != null) {
                var previous = gap.touched().getOrDefault(
                        number - 1, commit.equals(OptionalLong.of(number - 1)) ? lastTouched : List.of());
                to.add(Op.put(0, Keys.COMMIT, Values.commit(new Commit(number, previous, own))));
            }
        }
    }

    /** Changes to write behind everything else, without sequences: what can be rebuilt, and the damage notes. */
    List<Op> repairs() throws IOException {
        var repairs = new ArrayList<Op>();
        try {
            repairs.addAll(rebuilding.repairs(lastIndexes, losses, problems));
        } catch (BadBytesException e) {
            problems.add("the values of logs that were lost cannot be rebuilt: " + e.getMessage());
        }
        return repairs;
    }

    /** The damage notes for what is lost, with what was noted before. */
    List<Op> notes() throws IOException {
        var notes = new ArrayList<Op>();
        for (var log : losses.logs()) {
            var all = new LinkedHashSet<>(newest.damage(log));
            all.addAll(losses.of(log));
            notes.add(Op.put(0, Keys.damage(log), Values.damage(log, List.copyOf(all))));
        }
        return notes;
    }
}
