package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.List;

/**
 * What nodes tell each other about one shard. Every message names the epoch in whose name it is sent; an answer names that of
 * its question. Any of them may get lost, come late, twice, or in another order.
 */
public sealed interface Message {
    /** What a message counts for besides what it carries. */
    int OVERHEAD_BYTES = 64;

    ShardId shard();

    long epoch();

    /** About how many bytes it takes on the wire. */
    default long bytes() {
        return OVERHEAD_BYTES;
    }

    /** For the one that keeps a copy. */
    sealed interface ToReplica extends Message {}

    /** For the one that leads the epoch. */
    sealed interface ToPrimary extends Message {}

    /** Asks to promise the epoch, and what is there. */
    record Seal(ShardId shard, long epoch, ReplicaId primary) implements ToReplica {}

    /**
     * The promise is on the disk.
     *
     * @param adopted the epoch whose start it holds in full
     * @param whole whether nothing of that is damaged; otherwise the answer proves nothing about what was stored
     * @param digest of all its tails
     * @param tails the first of them, in order; the directory's is always among them
     * @param more whether there are more
     */
    record Sealed(
            ShardId shard, long epoch, long adopted, boolean whole, long digest, List<LogTail> tails, boolean more)
            implements ToPrimary {
        public Sealed {
            tails = List.copyOf(tails);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES + tails.stream().mapToLong(LogTail::bytes).sum();
        }
    }

    /** Asks a sealed replica for the next tails. */
    record AskTails(ShardId shard, long epoch, LogName after) implements ToReplica {}

    /** The next tails after a log, in order. */
    record Tails(ShardId shard, long epoch, LogName after, List<LogTail> tails, boolean more) implements ToPrimary {
        public Tails {
            tails = List.copyOf(tails);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES + tails.stream().mapToLong(LogTail::bytes).sum();
        }
    }

    /**
     * Asks to become a copy of the epoch's start, by itself, from the targets' sources.
     *
     * @param manifest which list of targets; a newer one of the epoch has a greater number
     * @param digest of what has to be there, so that one that has it needs no list
     * @param leaseMicros the longest lease that will be asked for in this epoch
     * @param trusted who has adopted no epoch from this one on reads back what is there already, see {@link Rules#trusted}
     */
    record Adopt(ShardId shard, Configuration configuration, long manifest, long digest, long leaseMicros, long trusted)
            implements ToReplica {
        @Override
        public long epoch() {
            return configuration.epoch();
        }

        /** With a newer list of targets. */
        Adopt withManifest(long newer, long newDigest) {
            return new Adopt(shard, configuration, newer, newDigest, leaseMicros, trusted);
        }
    }

    /** Asks for the targets behind a log; {@code fromStart} for the first ones. */
    record AskManifest(ShardId shard, long epoch, boolean fromStart, LogName after) implements ToPrimary {}

    /** The targets behind a log, in order, of the newest list. */
    record Manifest(
            ShardId shard,
            long epoch,
            long manifest,
            long digest,
            boolean fromStart,
            LogName after,
            List<Target> targets,
            boolean more)
            implements ToReplica {
        public Manifest {
            targets = List.copyOf(targets);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES
                    + targets.stream()
                            .mapToLong(t -> t.log().space().length() + 2L * LogTail.OVERHEAD_BYTES)
                            .sum();
        }
    }

    /**
     * The shard is adopted, and that is on the disk.
     *
     * @param manifest the list of targets that was reached just now; {@link #EARLIER} if it was adopted before the question came
     */
    record Adopted(ShardId shard, long epoch, long manifest) implements ToPrimary {
        static final long EARLIER = 0;
    }

    /**
     * Asks another replica for entries.
     *
     * @param repair whether it is to mend what was damaged; otherwise to adopt the epoch
     * @param wants of which logs
     * @param maxBytes about how many bytes of entries to answer with
     */
    record Fetch(ShardId shard, long epoch, boolean repair, List<Want> wants, long maxBytes) implements ToReplica {
        public Fetch {
            wants = List.copyOf(wants);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES
                    + wants.stream()
                            .mapToLong(w ->
                                    w.log().space().length() + 32L * w.known().size())
                            .sum();
        }
    }

    /**
     * Entries of a log that somebody lacks.
     *
     * @param known points that the asker has, the highest first; what comes back begins at the highest that both have
     * @param to the last index wanted
     */
    record Want(LogName log, List<LogPoint> known, long to) {
        public Want {
            known = List.copyOf(known);
        }
    }

    /**
     * What was fetched.
     *
     * @param promised by the one who answers
     * @param adopted by the one who answers
     */
    record Fetched(ShardId shard, long epoch, boolean repair, long promised, long adopted, List<Part> parts)
            implements ToReplica {
        public Fetched {
            parts = List.copyOf(parts);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES + parts.stream().mapToLong(Part::bytes).sum();
        }
    }

    /** An answer about one log. */
    sealed interface Part {
        LogName log();

        long bytes();

        /** Entries from the highest point that both have. */
        record Entries(LogPiece piece) implements Part {
            @Override
            public LogName log() {
                return piece.log();
            }

            @Override
            public long bytes() {
                return piece.bytes();
            }
        }

        /** There is no point that both have; a snapshot has to be fetched. */
        record SnapshotAt(LogName log, LogPoint point) implements Part {
            @Override
            public long bytes() {
                return OVERHEAD_BYTES;
            }
        }

        /** The log is not there any more. */
        record Gone(LogName log) implements Part {
            @Override
            public long bytes() {
                return OVERHEAD_BYTES;
            }
        }
    }

    /**
     * Entries of the epoch for an adopted replica; without pieces a question whether it still stands by the epoch.
     *
     * @param round increases from message to message of one primary
     * @param sentAtMicros on the primary's clock
     * @param leaseMicros the lease that is asked for; 0: none
     * @param pieces of logs, none of them twice; the directory first
     * @param commits how far logs are committed
     */
    record Append(
            ShardId shard,
            long epoch,
            long round,
            long sentAtMicros,
            long leaseMicros,
            List<LogPiece> pieces,
            List<CommitIndex> commits)
            implements ToReplica {
        public Append {
            pieces = List.copyOf(pieces);
            commits = List.copyOf(commits);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES
                    + pieces.stream().mapToLong(LogPiece::bytes).sum()
                    + commits.stream()
                            .mapToLong(c -> c.log().space().length() + 16L)
                            .sum();
        }
    }

    /** How far a log is committed. */
    record CommitIndex(LogName log, long index) {}

    /**
     * The epoch still stands at this replica.
     *
     * @param round of the question
     * @param sentAtMicros of the question
     * @param leaseMicros the lease that was given, from receipt on; 0: none
     * @param acks for the logs of which there were pieces
     */
    record Appended(ShardId shard, long epoch, long round, long sentAtMicros, long leaseMicros, List<Ack> acks)
            implements ToPrimary {
        public Appended {
            acks = List.copyOf(acks);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES
                    + acks.stream()
                            .mapToLong(a -> a.log().space().length() + 48L)
                            .sum();
        }
    }

    /**
     * What a replica has of a log.
     *
     * @param forced where it ends on the disk
     * @param verdict what became of the piece
     */
    record Ack(LogName log, LogPoint forced, Verdict verdict) {}

    /** What became of a piece. */
    enum Verdict {
        /** It is on the disk. */
        STORED,
        /** Something before it is missing. */
        GAP,
        /** The log is damaged here; it is being mended. */
        DAMAGED,
        /** What is here contradicts it. Nothing was changed. */
        DIVERGED
    }

    /** It takes no entries because it has not adopted the epoch. */
    record NotAdopted(ShardId shard, long epoch, long adopted) implements ToPrimary {}

    /** It has promised a higher epoch; whoever leads the lower one is deposed. */
    record Fenced(ShardId shard, long epoch, long promised) implements ToPrimary {}

    /** What an adopted replica lacks is not in the primary's log any more; it is to fetch the snapshot. */
    record SnapshotOffer(ShardId shard, long epoch, LogName log, LogPoint point) implements ToReplica {}

    /**
     * A replica that was restarted asks how far the logs behind one are committed.
     *
     * @param run drawn at the replica's start: an answer to what it asked before that is out of date
     * @param fromStart whether for the first ones
     */
    record AskCommits(ShardId shard, long epoch, long run, boolean fromStart, LogName after) implements ToPrimary {}

    /** How far the logs behind one are committed, in order. */
    record Commits(
            ShardId shard,
            long epoch,
            long run,
            boolean fromStart,
            LogName after,
            List<CommitIndex> commits,
            boolean more)
            implements ToReplica {
        public Commits {
            commits = List.copyOf(commits);
        }

        @Override
        public long bytes() {
            return OVERHEAD_BYTES
                    + commits.stream()
                            .mapToLong(c -> c.log().space().length() + 16L)
                            .sum();
        }
    }

    /** The primary uses no lease of this epoch any more, and never will. */
    record Release(ShardId shard, long epoch) implements ToReplica {}
}
