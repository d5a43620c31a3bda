package io.engram.log.files;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** What the write-ahead logs are to be replaced with, once {@link CommitAudit} has gone through them. */
final class LogRepair {
    private final CommitAudit.Result audit;
    private final long lastSequence;

    /** @param floor the last sequence that the manifest knows */
    LogRepair(CommitAudit.Result audit, long floor) {
        this.audit = audit;
        lastSequence = Math.max(
                audit.lastSequence().orElse(floor),
                holes().flatMap(hole -> hole.kept().stream())
                        .mapToLong(Op::sequence)
                        .reduce(floor, Math::max));
    }

    /** A torn end to cut off. */
    record Cut(ReadLog log, int from, int bytes) {}

    /** The highest sequence of all that is there, or was just found again. */
    long lastSequence() {
        return lastSequence;
    }

    /** All changes that stay, in order, without those that come behind. */
    List<Op> changes() {
        return audit.logs().stream()
                .flatMap(log -> log.stretches().stream())
                .flatMap(LogRepair::changesIn)
                .toList();
    }

    private static Stream<Op> changesIn(ReadLog.Stretch stretch) {
        return switch (stretch) {
            case ReadLog.Batch batch -> batch.ops().stream();
            case Hole hole -> hole.kept().stream();
        };
    }

    private Stream<Hole> holes() {
        return audit.logs().stream().flatMap(log -> log.holes().stream());
    }

    /** The holes of a log that are damage, not a write that was never finished. */
    List<Hole> damageIn(ReadLog log) {
        return log.holes().stream().filter(hole -> !audit.torn().contains(hole)).toList();
    }

    List<Hole> tornIn(ReadLog log) {
        return log.holes().stream().filter(audit.torn()::contains).toList();
    }

    private boolean isNewest(ReadLog log) {
        return log.equals(audit.logs().getLast());
    }

    /**
     * The logs to write anew, the newest first.
     *
     * @param behind changes that come behind all others, which the newest one takes
     */
    List<ReadLog> rewritten(List<Op> behind) {
        return audit.logs().reversed().stream()
                .filter(log -> !damageIn(log).isEmpty()
                        || isNewest(log) && !behind.isEmpty()
                        || !isNewest(log) && !tornIn(log).isEmpty())
                .toList();
    }

    /** The new content of a log. */
    byte[] content(ReadLog log, List<Op> behind) {
        var records = new ArrayList<byte[]>();
        for (var stretch : log.stretches()) {
            switch (stretch) {
                case ReadLog.Batch batch -> records.add(batch.record());
                case Hole hole -> records.addAll(WriteBatch.write(hole.kept()));
            }
        }
        if (isNewest(log)) {
            var sequence = lastSequence;
            var numbered = new ArrayList<Op>();
            for (var op : behind) {
                numbered.add(op.at(++sequence));
            }
            records.addAll(WriteBatch.write(numbered));
        }
        return WriteAheadLog.write(records);
    }

    /** Where the newest log is to be cut, if that is all that it needs. */
    List<Cut> cuts(List<Op> behind) {
        var rewritten = rewritten(behind);
        return audit.logs().stream()
                .filter(log -> !rewritten.contains(log) && !tornIn(log).isEmpty())
                .map(log -> {
                    var from = tornIn(log).getFirst().from();
                    return new Cut(log, from, tornIn(log).getLast().to() - from);
                })
                .toList();
    }

    long damagedBytes() {
        return audit.logs().stream()
                .flatMap(log -> damageIn(log).stream())
                .mapToLong(Hole::bytes)
                .sum();
    }

    long keptChanges() {
        return holes().mapToLong(Hole::keptChanges).sum();
    }
}
