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
 * @param foreign whether something was found that was not written there
 * @param doubtful whether something was found that may not have been written there, so that numbers say nothing
 * @param problem why the loss cannot be told
 */
record Gap(
        List<Hole> holes,
        TreeMap<Long, Commit> notes,
        TreeMap<Long, List<Touched>> touched,
        List<Long> missing,
        boolean foreign,
        boolean doubtful,
        Optional<String> problem) {

    /**
     * @param newest the number of the last whole note before the holes, if it is known
     * @param next the first whole note behind them, if there is one
     */
    static Gap of(List<Hole> holes, OptionalLong newest, Optional<Commit> next) {
        var notes = new TreeMap<Long, Commit>();
        // The same again is what a sector leaves that was written to a second place, too.
        var seen = new HashSet<List<ByteBuffer>>();
        var twice =
                forgetUnless(holes, op -> seen.add(List.of(ByteBuffer.wrap(op.key()), ByteBuffer.wrap(op.value()))));
        var foreign = forgetForeignNotes(holes, newest, next, notes);
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
                problem = Optional.of(
                        "the writes %d and %d are both lost, so that nobody can say which logs they touched (%s)"
                                .formatted(number, number + 1, where(holes)));
            }
        }
        return new Gap(holes, notes, touched, missing, foreign, foreign || twice, problem);
    }

    /**
     * Forgets notes of other writes, which another place or time of the log has left in the holes.
     *
     * @param notes takes the notes that stay
     */
    private static boolean forgetForeignNotes(
            List<Hole> holes, OptionalLong newest, Optional<Commit> next, TreeMap<Long, Commit> notes) {
        return forgetUnless(holes, op -> {
            var note = commitIn(op);
            if (note.isEmpty()) {
                return true;
            }
            var number = note.get().number();
            if (number <= newest.orElse(0)
                    || number >= next.map(Commit::number).orElse(Long.MAX_VALUE)
                    || !notes.isEmpty() && number <= notes.lastKey()) {
                return false;
            }
            notes.put(number, note.get());
            return true;
        });
    }

    private static boolean forgetUnless(List<Hole> holes, Predicate<Op> belongs) {
        var any = false;
        for (var hole : holes) {
            any |= hole.forgetUnless(belongs);
        }
        return any;
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
        if (holes.isEmpty() || doubtful) {
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

    /** Forgets what was not written here. Notes stay. */
    Gap without(Predicate<Op> foreignOnes) {
        var any = forgetUnless(holes, op -> commitIn(op).isPresent() || !foreignOnes.test(op));
        return new Gap(holes, notes, touched, missing, foreign || any, doubtful || any, problem);
    }

    /** The same, with nothing said by numbers. */
    Gap doubted() {
        return new Gap(holes, notes, touched, missing, foreign, true, problem);
    }

    /** Forgets what is more than there was room for. */
    Gap fitted() {
        Hole.share(holes);
        var overfull = holes.stream().filter(Hole::isOverfull).toList();
        for (var hole : overfull) {
            hole.forgetUnless(op -> commitIn(op).isPresent());
            if (hole.isOverfull()) {
                hole.forgetUnless(_ -> false);
            }
        }
        return overfull.isEmpty() ? this : doubted();
    }

    List<Op> found() {
        return holes.stream().flatMap(hole -> hole.found().stream()).toList();
    }

    String where() {
        return where(holes);
    }

    private static String where(List<Hole> holes) {
        return holes.isEmpty()
                ? "before the first write-ahead log"
                : holes.stream()
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
