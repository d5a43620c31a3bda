package io.engram.replication.format;

import static io.engram.replication.format.Parts.log;
import static io.engram.replication.format.Parts.point;
import static io.engram.replication.format.Parts.put;

import io.engram.replication.Message;
import io.engram.replication.ShardId;
import java.util.Optional;

/**
 * One message: kind (1), the shard's name, epoch (8), then what the kind has, in the order of its record. A name is its length (2)
 * and its UTF-8, a list its count (4) and its items, content its length (4) and its bytes, a point is index, epoch, time and
 * checksum (8 each), a log is its space's name and the index of its creation (8). Numbers are big-endian.
 *
 * <p>A kind's number is given once: whoever changes what a message has gives it a new number, and one that is not used any more
 * is not given again. A kind that is not known is skipped as if the message had been lost, which every message may be.
 */
final class MessageCodec {
    private static final int SEAL = 1;
    private static final int SEALED = 2;
    private static final int ASK_TAILS = 3;
    private static final int TAILS = 4;
    // 5 was the order to adopt without the epoch from which on a copy is trusted.
    private static final int ASK_MANIFEST = 6;
    private static final int MANIFEST = 7;
    private static final int ADOPTED = 8;
    private static final int FETCH = 9;
    private static final int FETCHED = 10;
    private static final int APPEND = 11;
    private static final int APPENDED = 12;
    private static final int NOT_ADOPTED = 13;
    private static final int FENCED = 14;
    private static final int SNAPSHOT_OFFER = 15;
    // 16 and 17 were the last two without the number of the run.
    private static final int RELEASE = 18;
    private static final int ASK_COMMITS = 19;
    private static final int COMMITS = 20;
    private static final int ADOPT = 21;

    private MessageCodec() {}

    /** @throws IllegalArgumentException if it is larger than what {@link Limits} allow a reader to take */
    static void write(ByteSink to, Message message) {
        to.put(kind(message)).putName(message.shard().name()).putLong(message.epoch());
        switch (message) {
            case Message.Seal m -> put(to, m.primary());
            case Message.Sealed m ->
                to.putLong(m.adopted())
                        .put(m.whole())
                        .putLong(m.digest())
                        .putList(m.tails(), Parts::put)
                        .put(m.more());
            case Message.AskTails m -> put(to, m.after());
            case Message.Tails m -> {
                put(to, m.after());
                to.putList(m.tails(), Parts::put).put(m.more());
            }
            case Message.Adopt m -> {
                put(to, m.configuration());
                to.putLong(m.manifest())
                        .putLong(m.digest())
                        .putLong(m.leaseMicros())
                        .putLong(m.trusted());
            }
            case Message.AskManifest m -> put(to.put(m.fromStart()), m.after());
            case Message.Manifest m -> {
                put(to.putLong(m.manifest()).putLong(m.digest()).put(m.fromStart()), m.after());
                to.putList(m.targets(), Parts::put).put(m.more());
            }
            case Message.Adopted m -> to.putLong(m.manifest());
            case Message.Fetch m ->
                to.put(m.repair()).putList(m.wants(), Parts::put).putLong(m.maxBytes());
            case Message.Fetched m ->
                to.put(m.repair()).putLong(m.promised()).putLong(m.adopted()).putList(m.parts(), Parts::put);
            case Message.Append m ->
                to.putLong(m.round())
                        .putLong(m.sentAtMicros())
                        .putLong(m.leaseMicros())
                        .putList(m.pieces(), Parts::put)
                        .putList(m.commits(), Parts::put);
            case Message.Appended m ->
                to.putLong(m.round())
                        .putLong(m.sentAtMicros())
                        .putLong(m.leaseMicros())
                        .putList(m.acks(), Parts::put);
            case Message.NotAdopted m -> to.putLong(m.adopted());
            case Message.Fenced m -> to.putLong(m.promised());
            case Message.SnapshotOffer m -> {
                put(to, m.log());
                put(to, m.point());
            }
            case Message.AskCommits m -> put(to.putLong(m.run()).put(m.fromStart()), m.after());
            case Message.Commits m -> {
                put(to.putLong(m.run()).put(m.fromStart()), m.after());
                to.putList(m.commits(), Parts::put).put(m.more());
            }
            case Message.Release _ -> {}
        }
    }

    private static boolean isKnown(int kind) {
        return kind >= SEAL && kind <= TAILS
                || kind >= ASK_MANIFEST && kind <= SNAPSHOT_OFFER
                || kind >= RELEASE && kind <= ADOPT;
    }

    private static int kind(Message message) {
        return switch (message) {
            case Message.Seal _ -> SEAL;
            case Message.Sealed _ -> SEALED;
            case Message.AskTails _ -> ASK_TAILS;
            case Message.Tails _ -> TAILS;
            case Message.Adopt _ -> ADOPT;
            case Message.AskManifest _ -> ASK_MANIFEST;
            case Message.Manifest _ -> MANIFEST;
            case Message.Adopted _ -> ADOPTED;
            case Message.Fetch _ -> FETCH;
            case Message.Fetched _ -> FETCHED;
            case Message.Append _ -> APPEND;
            case Message.Appended _ -> APPENDED;
            case Message.NotAdopted _ -> NOT_ADOPTED;
            case Message.Fenced _ -> FENCED;
            case Message.SnapshotOffer _ -> SNAPSHOT_OFFER;
            case Message.AskCommits _ -> ASK_COMMITS;
            case Message.Commits _ -> COMMITS;
            case Message.Release _ -> RELEASE;
        };
    }

    /** Reads a message that takes all of the bytes; empty if its kind is not known. */
    static Optional<Message> read(ByteSource from) throws BadMessageException {
        try {
            var kind = from.get();
            if (!isKnown(kind)) {
                return Optional.empty();
            }
            var message = read(kind, new ShardId(from.getName()), from.getLong(), from);
            if (from.remaining() > 0) {
                throw new BadMessageException(
                        "a message of kind %d has %d bytes too many".formatted(kind, from.remaining()));
            }
            return Optional.of(message);
        } catch (IllegalArgumentException e) {
            throw new BadMessageException("a message says what cannot be: " + e.getMessage(), e);
        }
    }

    private static Message read(int kind, ShardId shard, long epoch, ByteSource from) throws BadMessageException {
        return switch (kind) {
            case SEAL -> new Message.Seal(shard, epoch, Parts.replica(from));
            case SEALED ->
                new Message.Sealed(
                        shard,
                        epoch,
                        from.getLong(),
                        from.getBoolean(),
                        from.getLong(),
                        from.getList(Parts.TAIL_LEAST_BYTES, Parts::tail),
                        from.getBoolean());
            case ASK_TAILS -> new Message.AskTails(shard, epoch, log(from));
            case TAILS ->
                new Message.Tails(
                        shard, epoch, log(from), from.getList(Parts.TAIL_LEAST_BYTES, Parts::tail), from.getBoolean());
            case ADOPT -> {
                var configuration = Parts.configuration(from);
                if (configuration.epoch() != epoch) {
                    throw new BadMessageException("an order to adopt of two epochs");
                }
                yield new Message.Adopt(
                        shard, configuration, from.getLong(), from.getLong(), from.getLong(), from.getLong());
            }
            case ASK_MANIFEST -> new Message.AskManifest(shard, epoch, from.getBoolean(), log(from));
            case MANIFEST ->
                new Message.Manifest(
                        shard,
                        epoch,
                        from.getLong(),
                        from.getLong(),
                        from.getBoolean(),
                        log(from),
                        from.getList(Parts.TARGET_LEAST_BYTES, Parts::target),
                        from.getBoolean());
            case ADOPTED -> new Message.Adopted(shard, epoch, from.getLong());
            case FETCH ->
                new Message.Fetch(
                        shard,
                        epoch,
                        from.getBoolean(),
                        from.getList(Parts.WANT_LEAST_BYTES, Parts::want),
                        from.getLong());
            case FETCHED ->
                new Message.Fetched(
                        shard,
                        epoch,
                        from.getBoolean(),
                        from.getLong(),
                        from.getLong(),
                        from.getList(Parts.PART_LEAST_BYTES, Parts::part));
            case APPEND ->
                new Message.Append(
                        shard,
                        epoch,
                        from.getLong(),
                        from.getLong(),
                        from.getLong(),
                        from.getList(Parts.PIECE_LEAST_BYTES, Parts::piece),
                        from.getList(Parts.COMMIT_BYTES, Parts::commit));
            case APPENDED ->
                new Message.Appended(
                        shard,
                        epoch,
                        from.getLong(),
                        from.getLong(),
                        from.getLong(),
                        from.getList(Parts.ACK_LEAST_BYTES, Parts::ack));
            case NOT_ADOPTED -> new Message.NotAdopted(shard, epoch, from.getLong());
            case FENCED -> new Message.Fenced(shard, epoch, from.getLong());
            case SNAPSHOT_OFFER -> new Message.SnapshotOffer(shard, epoch, log(from), point(from));
            case ASK_COMMITS -> new Message.AskCommits(shard, epoch, from.getLong(), from.getBoolean(), log(from));
            case COMMITS ->
                new Message.Commits(
                        shard,
                        epoch,
                        from.getLong(),
                        from.getBoolean(),
                        log(from),
                        from.getList(Parts.COMMIT_BYTES, Parts::commit),
                        from.getBoolean());
            case RELEASE -> new Message.Release(shard, epoch);
            default -> throw new BadMessageException("a message of the unknown kind " + kind);
        };
    }
}
