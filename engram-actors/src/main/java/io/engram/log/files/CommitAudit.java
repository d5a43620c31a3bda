package io.engram.log.files;

import io.engram.log.format.Values.Commit;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Goes through the write-ahead logs in order and holds the holes in them against the commit notes: which commits were in a hole,
 * which logs they touched, and what of it was not found again; the {@link Ledger} counts. What cannot be attributed is a
 * problem, never passed over.
 */
final class CommitAudit {
    private final Ledger ledger;
    private final long floor;
    private final List<Hole> open = new ArrayList<>();
    private final List<Hole> torn = new ArrayList<>();
    private OptionalLong sequence = OptionalLong.empty();

    private CommitAudit(Ledger ledger, long floor) {
        this.floor = floor;
        this.ledger = ledger;
    }

    /**
     * What was found.
     *
     * @param logs with records that do not belong where they stand turned into holes; every hole says what is kept of it
     * @param torn the holes that are but a write that was never finished, and is dropped
     * @param repairs changes to write behind everything, without sequences: what can be rebuilt
     * @param lastSequence the highest in the logs, if there is any
     */
    record Result(List<ReadLog> logs, List<Hole> torn, List<Op> repairs, OptionalLong lastSequence, Ledger ledger) {}

    /**
     * Goes through the logs, which must be in the order of their numbers.
     *
     * @param floor a sequence above all that {@code earlier} holds
     * @param losses takes what is lost
     */
    static Result of(List<ReadLog> logs, Earlier earlier, long floor, Losses losses) throws IOException {
        var audit = new CommitAudit(new Ledger(earlier, floor, losses), floor);
        var read = new ArrayList<ReadLog>();
        for (var log : logs) {
            read.add(audit.read(log));
        }
        audit.finish(read);
        return new Result(read, audit.torn, audit.ledger.repairs(), audit.sequence, audit.ledger);
    }

    private ReadLog read(ReadLog log) throws IOException {
        var read = log;
        for (var stretch : log.stretches()) {
            switch (stretch) {
                case Hole hole -> open(hole);
                case ReadLog.Batch batch -> {
                    var ops = batch.ops();
                    if (!ops.isEmpty() && sequence.isPresent() && ops.getFirst().sequence() <= sequence.getAsLong()) {
                        // Whole, but of another time: nothing in it is trusted.
                        var hole = new Hole(log.file(), batch.from(), batch.to(), Hole.Claim.NONE, List.of());
                        read = read.without(batch, hole);
                        open(hole);
                    } else if (!ops.isEmpty()) {
                        take(log, batch, ops);
                    }
                }
            }
        }
        return read;
    }

    private void open(Hole hole) {
        hole.setBefore(sequence);
        open.add(hole);
    }

    private void take(ReadLog log, ReadLog.Batch batch, List<Op> ops) throws IOException {
        var first = ops.getFirst().sequence();
        if (!open.isEmpty() && !open.getLast().hasEnd()) {
            open.stream().filter(hole -> !hole.hasEnd()).forEach(hole -> hole.setAfter(first));
            if (open.size() == 1) {
                open.getFirst().trustClaim(floor - 1);
            }
        } else if (sequence.isPresent() && first > sequence.getAsLong() + 1) {
            var jump = new Hole(log.file(), batch.from(), batch.from(), Hole.Claim.NONE, List.of());
            open(jump);
            jump.setAfter(first);
        }
        var note = ops.stream().flatMap(op -> Gap.commitIn(op).stream()).findFirst();
        if (note.isPresent()) {
            close(note.get());
        }
        ops.forEach(ledger::see);
        sequence = OptionalLong.of(ops.getLast().sequence());
    }

    /** Settles the holes since the last whole note. */
    private void close(Commit next) throws IOException {
        var holes = List.copyOf(open);
        open.clear();
        // Where sequences meet nothing was between; the first record has nothing to meet.
        var skips = ledger.commit().isPresent()
                && next.number() > ledger.commit().getAsLong() + 1
                && (!holes.isEmpty() || sequence.isEmpty());
        // A jump of the sequences alone is what an earlier repair left, as long as the notes go on.
        if (skips || !holes.stream().allMatch(Hole::isJump)) {
            ledger.settle(Gap.of(holes, ledger.commit(), Optional.of(next)), Optional.of(next));
        }
    }

    /** Settles the holes behind the last whole note. */
    private void finish(List<ReadLog> logs) throws IOException {
        var trailing = open.stream().filter(hole -> !hole.hasEnd()).toList();
        open.removeAll(trailing);
        if (!open.stream().allMatch(Hole::isJump)) {
            ledger.settle(Gap.of(List.copyOf(open), ledger.commit(), Optional.empty()), Optional.empty());
        }
        open.clear();
        for (var hole : trailing) {
            var inNewest = hole.file().equals(logs.getLast().file());
            if (isTorn(hole, inNewest)) {
                torn.add(hole);
            } else {
                end(hole, inNewest);
            }
        }
    }

    /**
     * Whether what stands behind the last whole record is but a write that was never finished. The newest log can end in one
     * commit that nobody was told of, never in two: a commit is written after the one before it was forced. The end of an older
     * log can lack what nobody forced, which is the cleaner's.
     */
    private boolean isTorn(Hole hole, boolean inNewest) {
        if (!inNewest) {
            return hole.found().isEmpty();
        }
        var known = ledger.commit();
        return hole.found().stream()
                .flatMap(op -> Gap.commitIn(op).stream())
                .allMatch(note -> known.isPresent() && note.number() <= known.getAsLong() + 1);
    }

    /**
     * Settles a hole at the end that has lost commits. In the newest log the last of them may have been acknowledged or not; all
     * that its note names counts as lost, so that nothing behind it needs to be attributed.
     */
    private void end(Hole hole, boolean inNewest) throws IOException {
        var last = hole.found().stream()
                .flatMap(op -> Gap.commitIn(op).stream())
                .reduce((_, b) -> b)
                .filter(_ -> inNewest);
        ledger.settle(Gap.of(List.of(hole), ledger.commit(), Optional.empty()), last);
    }
}
