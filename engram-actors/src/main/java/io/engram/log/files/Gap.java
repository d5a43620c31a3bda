package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Commit;
import io.engram.log.format.Values.Touched;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;

/**
 * What the commit notes say about the holes between two notes that are whole: which commits were there, and which logs they
 * touched. A commit whose own note is gone is named by the next one; two gone in a row cannot be named.
 *
 * @param notes those found in the holes, by number
 * @param touched what each of the commits in the holes touched, in their order; less than all if there is a problem
 * @param missing the commits whose own note is gone
 * @param lostChanges how many changes were not found again, if that can be told
 * @param problem why the loss cannot be told
 */
record Gap(
        List<Hole> holes,
        TreeMap<Long, Commit> notes,
        TreeMap<Long, List<Touched>> touched,
        List<Long> missing,
        OptionalLong lostChanges,
        Optional<String> problem) {

    /**
     * @param newest the number of the last whole note before the holes, if it is known
     * @param next the first whole note behind them, if there is one
     */
    static Gap of(List<Hole> holes, OptionalLong newest, Optional<Commit> next) {
        var notes = notesIn(holes, newest, next);
        // Where more was found than there was room for, or notes of another time, the bytes come from somewhere else.
        var misplaced = notes.isEmpty() || holes.stream().anyMatch(hole -> hole.changes().isPresent()
                && hole.changes().getAsLong() < hole.found().size());
        if (misplaced) {
            holes.forEach(Hole::forgetFound);
        }
        var found = misplaced ? new TreeMap<Long, Commit>() : notes.get();
        var first = newest.isPresent()
                ? newest.getAsLong() + 1
                : Math.min(
                        found.isEmpty() ? Long.MAX_VALUE : found.firstKey(),
                        next.map(Commit::number).orElse(Long.MAX_VALUE));
        var end = next.map(Commit::number).orElse(found.isEmpty() ? first : found.lastKey() + 1);
        var touched = new TreeMap<Long, List<Touched>>();
        var missing = new ArrayList<Long>();
        var problem = Optional.<String>empty();
        for (var number = first; number < end && problem.isEmpty(); number++) {
            var own = Optional.ofNullable(found.get(number)).map(Commit::own);
            if (own.isEmpty()) {
                missing.add(number);
                var after = number + 1 == end ? next : Optional.ofNullable(found.get(number + 1));
                own = after.map(Commit::previous);
            }
            if (own.isPresent()) {
                touched.put(number, own.get());
            } else {
                problem = Optional.of("the writes %d and %d are both lost, so that nobody can say which logs they touched (%s)"
                        .formatted(number, number + 1, where(holes)));
            }
        }
        return new Gap(holes, found, touched, missing, misplaced ? OptionalLong.empty() : lost(holes), problem);
    }

    /** The commit notes that were found; nothing if some of them cannot have been written there. */
    private static Optional<TreeMap<Long, Commit>> notesIn(
            List<Hole> holes, OptionalLong newest, Optional<Commit> next) {
        var notes = new TreeMap<Long, Commit>();
        for (var hole : holes) {
            for (var op : hole.found()) {
                var note = commitIn(op);
                if (note.isEmpty()) {
                    continue;
                }
                var number = note.get().number();
                if (newest.isPresent() && number <= newest.getAsLong()
                        || next.isPresent() && number >= next.get().number()
                        || !notes.isEmpty() && number <= notes.lastKey()) {
                    return Optional.empty();
                }
                notes.put(number, note.get());
            }
        }
        return Optional.of(notes);
    }

    /** The commit note that this change writes, if it does. */
    static Optional<Commit> commitIn(Op op) {
        if (!op.isPut() || op.key().length != 1 || op.key()[0] != Keys.COMMIT_KIND) {
            return Optional.empty();
        }
        try {
            return Optional.of(Values.commit(op.value()));
        } catch (BadValueException e) {
            return Optional.empty();
        }
    }

    private static OptionalLong lost(List<Hole> holes) {
        if (holes.isEmpty()) {
            return OptionalLong.empty();
        }
        var lost = 0L;
        for (var hole : holes) {
            if (hole.changes().isEmpty()) {
                return OptionalLong.empty();
            }
            lost += hole.changes().getAsLong() - hole.found().size();
        }
        return OptionalLong.of(lost);
    }

    String where() {
        return where(holes);
    }

    private static String where(List<Hole> holes) {
        return holes.isEmpty() ? "before the first write-ahead log" : holes.stream()
                .map(Hole::text)
                .distinct()
                .reduce((a, b) -> a + "; " + b)
                .orElseThrow();
    }

    /** Whether everything that was in the holes was found again. */
    boolean isHarmless() {
        return lostChanges.isPresent() && lostChanges.getAsLong() == 0 && missing.isEmpty() && problem.isEmpty();
    }
}
