package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Commit;
import io.engram.log.format.Values.Touched;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * What the commit notes say about the holes between two notes that are whole: which commits were there, and which logs they
 * touched. A commit whose own note is gone is named by the next one; two gone in a row cannot be named.
 *
 * @param notes those found in the holes, by number
 * @param touched what each of the commits in the holes touched, in their order; less than all if there is a problem
 * @param missing the commits whose own note is gone
 * @param misplaced whether something was found that may not have been written there, so that numbers say nothing
 * @param problem why the loss cannot be told
 */
record Gap(
        List<Hole> holes,
        TreeMap<Long, Commit> notes,
        TreeMap<Long, List<Touched>> touched,
        List<Long> missing,
        boolean misplaced,
        Optional<String> problem) {

    /**
     * @param newest the number of the last whole note before the holes, if it is known
     * @param next the first whole note behind them, if there is one
     */
    static Gap of(List<Hole> holes, OptionalLong newest, Optional<Commit> next) {
        var notes = new TreeMap<Long, Commit>();
        var misplaced = forgetMisplaced(holes, newest, next, notes);
        var first = newest.isPresent()
                ? newest.getAsLong() + 1
                : Math.min(
                        notes.isEmpty() ? Long.MAX_VALUE : notes.firstKey(),
                        next.map(Commit::number).orElse(Long.MAX_VALUE));
        var end = next.map(Commit::number).orElse(notes.isEmpty() ? first : notes.lastKey() + 1);
        var touched = new TreeMap<Long, List<Touched>>();
        var missing = new ArrayList<Long>();
        var problem = Optional.<String>empty();
        for (var number = first; number < end && problem.isEmpty(); number++) {
            var own = Optional.ofNullable(notes.get(number)).map(Commit::own);
            if (own.isEmpty()) {
                missing.add(number);
                var after = number + 1 == end ? next : Optional.ofNullable(notes.get(number + 1));
                own = after.map(Commit::previous);
            }
            if (own.isPresent()) {
                touched.put(number, own.get());
            } else {
                problem = Optional.of("the writes %d and %d are both lost, so that nobody can say which logs they touched (%s)"
                        .formatted(number, number + 1, where(holes)));
            }
        }
        return new Gap(holes, notes, touched, missing, misplaced, problem);
    }

    /**
     * Forgets what another place or time of the log has left in the holes, as a sector written to the wrong place does: the same
     * again, notes of other writes, more than there was room for.
     *
     * @param notes takes the notes that stay
     */
    private static boolean forgetMisplaced(
            List<Hole> holes, OptionalLong newest, Optional<Commit> next, TreeMap<Long, Commit> notes) {
        var seen = new HashSet<List<ByteBuffer>>();
        var misplaced = false;
        for (var hole : holes) {
            misplaced |= hole.forgetUnless(op -> seen.add(List.of(ByteBuffer.wrap(op.key()), ByteBuffer.wrap(op.value()))));
            misplaced |= hole.forgetUnless(op -> {
                var note = commitIn(op);
                var number = note.map(Commit::number).orElse(0L);
                var belongs = note.isEmpty()
                        || newest.orElse(0) < number
                                && next.map(Commit::number).orElse(Long.MAX_VALUE) > number
                                && (notes.isEmpty() || notes.lastKey() < number);
                if (belongs) {
                    note.ifPresent(each -> notes.put(number, each));
                }
                return belongs;
            });
            if (hole.isOverfull()) {
                misplaced = true;
                hole.found().forEach(op -> commitIn(op).ifPresent(note -> notes.remove(note.number())));
                hole.forgetUnless(_ -> false);
            }
        }
        return misplaced;
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

    /** How many changes were not found again, if that can be told. */
    OptionalLong lostChanges() {
        if (holes.isEmpty() || misplaced) {
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

    /** Forgets what the touched logs cannot have got here. */
    Gap without(Predicate<Op> misplacedOnes) {
        var any = misplaced;
        for (var hole : holes) {
            any |= hole.forgetUnless(op -> commitIn(op).isPresent() || !misplacedOnes.test(op));
        }
        return new Gap(holes, notes, touched, missing, any, problem);
    }

    /** The same, with nothing said by numbers. */
    Gap doubted() {
        return new Gap(holes, notes, touched, missing, true, problem);
    }

    List<Op> found() {
        return holes.stream().flatMap(hole -> hole.found().stream()).toList();
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
        return lostChanges().equals(OptionalLong.of(0)) && missing.isEmpty() && problem.isEmpty();
    }
}
