package io.engram.replication.format;

import io.engram.log.format.LogPoint;
import io.engram.replication.Configuration;
import io.engram.replication.LogEntry;
import io.engram.replication.LogName;
import io.engram.replication.LogPiece;
import io.engram.replication.LogTail;
import io.engram.replication.Message;
import io.engram.replication.ReplicaId;
import io.engram.replication.Target;

/** What messages are made of. Each is written and read in one place, one below the other. */
final class Parts {
    static final int POINT_BYTES = 4 * 8;
    static final int NAME_LEAST_BYTES = 2;
    static final int LOG_LEAST_BYTES = NAME_LEAST_BYTES + 8;
    static final int TAIL_LEAST_BYTES = LOG_LEAST_BYTES + POINT_BYTES;
    static final int TARGET_LEAST_BYTES = TAIL_LEAST_BYTES + NAME_LEAST_BYTES;
    static final int ENTRY_LEAST_BYTES = 4 * 8 + 4;
    static final int PIECE_LEAST_BYTES = TAIL_LEAST_BYTES + 4;
    static final int COMMIT_BYTES = LOG_LEAST_BYTES + 8;
    static final int WANT_LEAST_BYTES = LOG_LEAST_BYTES + 4 + 8;
    static final int PART_LEAST_BYTES = 1 + LOG_LEAST_BYTES;
    static final int ACK_LEAST_BYTES = TAIL_LEAST_BYTES + 1;

    private static final int ENTRIES = 1;
    private static final int SNAPSHOT_AT = 2;
    private static final int GONE = 3;

    private Parts() {}

    static void put(ByteSink to, LogName log) {
        to.putName(log.space()).putLong(log.created());
    }

    static LogName log(ByteSource from) throws BadMessageException {
        return new LogName(from.getName(), from.getLong());
    }

    static void put(ByteSink to, LogPoint point) {
        to.putLong(point.index()).putLong(point.epoch()).putLong(point.timeMicros());
        to.putLong(point.checksum());
    }

    static LogPoint point(ByteSource from) throws BadMessageException {
        return new LogPoint(from.getLong(), from.getLong(), from.getLong(), from.getLong());
    }

    static void put(ByteSink to, LogTail tail) {
        put(to, tail.log());
        put(to, tail.point());
    }

    static LogTail tail(ByteSource from) throws BadMessageException {
        return new LogTail(log(from), point(from));
    }

    static void put(ByteSink to, Target target) {
        put(to, target.log());
        put(to, target.point());
        put(to, target.source());
    }

    static Target target(ByteSource from) throws BadMessageException {
        return new Target(log(from), point(from), replica(from));
    }

    static void put(ByteSink to, ReplicaId replica) {
        to.putName(replica.incarnation());
    }

    static ReplicaId replica(ByteSource from) throws BadMessageException {
        return new ReplicaId(from.getName());
    }

    static void put(ByteSink to, Configuration configuration) {
        to.putLong(configuration.epoch());
        put(to, configuration.primary());
        to.putList(configuration.members(), Parts::put);
    }

    static Configuration configuration(ByteSource from) throws BadMessageException {
        return new Configuration(from.getLong(), replica(from), from.getList(NAME_LEAST_BYTES, Parts::replica));
    }

    static void put(ByteSink to, LogEntry entry) {
        to.putLong(entry.index()).putLong(entry.epoch()).putLong(entry.timeMicros());
        to.putLong(entry.checksum()).putBytes(entry.content());
    }

    static LogEntry entry(ByteSource from) throws BadMessageException {
        var index = from.getLong();
        var epoch = from.getLong();
        var time = from.getLong();
        var checksum = from.getLong();
        return new LogEntry(index, epoch, time, from.getBytes(), checksum);
    }

    static void put(ByteSink to, LogPiece piece) {
        put(to, piece.log());
        put(to, piece.before());
        to.putList(piece.entries(), Parts::put);
    }

    static LogPiece piece(ByteSource from) throws BadMessageException {
        return new LogPiece(log(from), point(from), from.getList(ENTRY_LEAST_BYTES, Parts::entry));
    }

    static void put(ByteSink to, Message.CommitIndex commit) {
        put(to, commit.log());
        to.putLong(commit.index());
    }

    static Message.CommitIndex commit(ByteSource from) throws BadMessageException {
        return new Message.CommitIndex(log(from), from.getLong());
    }

    static void put(ByteSink to, Message.Want want) {
        put(to, want.log());
        to.putList(want.known(), Parts::put).putLong(want.to());
    }

    static Message.Want want(ByteSource from) throws BadMessageException {
        return new Message.Want(log(from), from.getList(POINT_BYTES, Parts::point), from.getLong());
    }

    static void put(ByteSink to, Message.Part part) {
        switch (part) {
            case Message.Part.Entries entries -> put(to.put(ENTRIES), entries.piece());
            case Message.Part.SnapshotAt snapshot -> {
                put(to.put(SNAPSHOT_AT), snapshot.log());
                put(to, snapshot.point());
            }
            case Message.Part.Gone gone -> put(to.put(GONE), gone.log());
        }
    }

    static Message.Part part(ByteSource from) throws BadMessageException {
        var kind = from.get();
        return switch (kind) {
            case ENTRIES -> new Message.Part.Entries(piece(from));
            case SNAPSHOT_AT -> new Message.Part.SnapshotAt(log(from), point(from));
            case GONE -> new Message.Part.Gone(log(from));
            default -> throw new BadMessageException("a part of the unknown kind " + kind);
        };
    }

    static void put(ByteSink to, Message.Ack ack) {
        put(to, ack.log());
        put(to, ack.forced());
        to.put(number(ack.verdict()));
    }

    static Message.Ack ack(ByteSource from) throws BadMessageException {
        return new Message.Ack(log(from), point(from), verdict(from.get()));
    }

    private static int number(Message.Verdict verdict) {
        return switch (verdict) {
            case STORED -> 1;
            case GAP -> 2;
            case DAMAGED -> 3;
            case DIVERGED -> 4;
        };
    }

    private static Message.Verdict verdict(int number) throws BadMessageException {
        return switch (number) {
            case 1 -> Message.Verdict.STORED;
            case 2 -> Message.Verdict.GAP;
            case 3 -> Message.Verdict.DAMAGED;
            case 4 -> Message.Verdict.DIVERGED;
            default -> throw new BadMessageException("an unknown verdict " + number);
        };
    }
}
