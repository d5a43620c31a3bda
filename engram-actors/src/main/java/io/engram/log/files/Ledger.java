package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Commit;
import io.engram.log.format.Values.Lost;
import io.engram.log.format.Values.Touched;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
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
    private final Losses losses;
    private final List<String> problems = new ArrayList<>();
    private OptionalLong commit = OptionalLong.empty();
    private List<Touched> lastTouched = List.of();

    Ledger(Earlier earlier, long floor, Losses losses) throws IOException {
        this.floor = floor;
        this.losses = losses;
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

    /** The last index of each log of which a commit note tells it, {@link Touched#DROPPED} for a dropped one. */
    Map<Long, Long> lastIndexes() {
        return Map.copyOf(lastIndexes);
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
    void settle(Gap found, Optional<Commit> next) throws IOException {
        var known = commit.isPresent();
        var births = seeBirths(found);
        var expected = expectedIn(found);
        var gap = withoutForeign(found, expected, births).fitted();
        gap.found().stream().filter(op -> Gap.commitIn(op).isEmpty()).forEach(this::seeValue);
        gap.touched().values().forEach(touched -> touched.forEach(each -> rebuilding.number(each.log())));
        var changes = gap.found();
        var runs = new TreeMap<Long, List<Expected.Run>>();
        expected.forEach((log, each) -> runs.put(log, each.missing(log, changes)));
        var where = gap.where();
        runs.forEach((log, each) ->
                each.forEach(run -> losses.add(log, new Lost(run.first(), run.last(), "lost (%s)".formatted(where)))));
        if (!gap.isHarmless()) {
            var accounted = gap.missing().size() + count(runs.values()) + rebuilt(expected.keySet(), births, changes);
            var anything = !gap.lostChanges().equals(OptionalLong.of(accounted))
                    || !expected.values().stream().allMatch(Expected::isCertain);
            gap.problem().ifPresent(problems::add);
            // Without a note on both sides a change that nothing accounts for may have been part of a commit of its
            // own.
            if (anything && gap.problem().isEmpty() && (next.isEmpty() || !known)) {
                problems.add("nobody can say which writes were lost (%s)".formatted(where));
            }
            expected.forEach((log, each) -> {
                if (anything || each.shortened()) {
                    losses.add(log, new Lost(0, each.highest(), "part of a write was lost (%s)".formatted(where)));
                }
            });
        }
        fill(gap);
        gap.touched().forEach(this::committed);
    }

    /** Names and roots of logs that had none. The first such root says where a log that came from elsewhere begins. */
    private Set<Op> seeBirths(Gap gap) throws IOException {
        var births = new HashSet<Op>();
        for (var op : gap.found()) {
            try {
                if ((op.key()[0] == Keys.ROOT_KIND || op.key()[0] == Keys.NAME_KIND)
                        && newest.value(op.key()).isEmpty()) {
                    births.add(op);
                    newest.see(op);
                }
            } catch (BadBytesException e) {
                // It cannot be told, so it is not taken for one.
                continue;
            }
        }
        return births;
    }

    /** Where it is known which logs were touched, whatever belongs to others came there by mistake. */
    private Gap withoutForeign(Gap gap, Map<Long, Expected> expected, Set<Op> births) throws IOException {
        if (gap.problem().isPresent()) {
            return gap;
        }
        var foreign = new HashSet<Op>();
        for (var op : gap.found()) {
            if (isForeign(op, expected)) {
                foreign.add(op);
            }
        }
        var left = gap.without(foreign::contains);
        if (left.foreign()) {
            // Of the rest nobody can say from when it is, and all logs concerned get a note anyway.
            return left.without(op -> switch (op.key()[0]) {
                case Keys.CELL_KIND, Keys.META_KIND -> true;
                case Keys.ROOT_KIND, Keys.NAME_KIND -> !births.contains(op);
                default -> false;
            });
        }
        // An entry that the notes do not expect, of a log that they name, was overtaken in its own commit; or it was
        // not.
        return left.found().stream().allMatch(op -> isExpected(op, expected)) ? left : left.doubted();
    }

    /** Whether no commit in the gap can have made this change. */
    private boolean isForeign(Op op, Map<Long, Expected> expected) throws IOException {
        try {
            return switch (op.key()[0]) {
                case Keys.ENTRY_KIND, Keys.ROOT_KIND, Keys.PENDING_KIND, Keys.CELL_KIND, Keys.META_KIND ->
                    !expected.containsKey(Keys.numberOf(op.key()));
                case Keys.NAME_KIND -> !expected.containsKey(Values.numbers(op.key(), op.value(), 1)[0]);
                case Keys.HEADER_KIND ->
                    Values.header(op.value()) < newest.header().orElse(0);
                default -> false;
            };
        } catch (BadBytesException | BadValueException e) {
            return true;
        }
    }

    /** The log that a name or a root belongs to. */
    private static OptionalLong numberIn(Op op) {
        try {
            return OptionalLong.of(
                    op.key()[0] == Keys.NAME_KIND
                            ? Values.numbers(op.key(), op.value(), 1)[0]
                            : Keys.numberOf(op.key()));
        } catch (BadValueException e) {
            return OptionalLong.empty();
        }
    }

    private static boolean isExpected(Op op, Map<Long, Expected> expected) {
        var log = Keys.isEntry(op.key()) ? expected.get(Keys.numberOf(op.key())) : null;
        return log == null || log.has(Keys.indexOf(op.key()));
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
        return runs.stream()
                .flatMap(List::stream)
                .mapToLong(Expected.Run::count)
                .sum();
    }

    private int rebuilt(Collection<Long> touched, Set<Op> births, List<Op> found) throws IOException {
        var born = new HashSet<Long>();
        for (var op : births) {
            numberIn(op).ifPresent(born::add);
        }
        try {
            return rebuilding.lostIn(touched, born, found);
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
                var previous = gap.touched()
                        .getOrDefault(number - 1, commit.equals(OptionalLong.of(number - 1)) ? lastTouched : List.of());
                to.add(Op.put(0, Keys.COMMIT, Values.commit(new Commit(number, previous, own))));
            }
        }
    }

    /** Changes to write behind everything else, without sequences: what can be rebuilt, and the damage notes. */
    List<Op> repairs() throws IOException {
        var repairs = new ArrayList<Op>();
        try {
            repairs.addAll(rebuilding.repairs(lastIndexes, losses, problems));
            for (var log : losses.logs()) {
                // What a log lost that is certainly gone since concerns nobody.
                if (lastIndexes.getOrDefault(log, 0L) == Touched.DROPPED
                        && newest.root(log).isEmpty()) {
                    losses.forget(log);
                }
            }
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
