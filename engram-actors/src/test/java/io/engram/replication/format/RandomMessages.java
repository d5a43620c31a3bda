package io.engram.replication.format;

import io.engram.log.format.LogPoint;
import io.engram.replication.Configuration;
import io.engram.replication.LogEntry;
import io.engram.replication.LogName;
import io.engram.replication.LogPiece;
import io.engram.replication.LogTail;
import io.engram.replication.Message;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import io.engram.replication.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Supplier;

/** Messages of every kind, with whatever numbers, names and lengths. */
final class RandomMessages {
    static final int KINDS = 18;

    private final SplittableRandom random;

    RandomMessages(long seed) {
        random = new SplittableRandom(seed);
    }

    Message next() {
        return of(random.nextInt(KINDS));
    }

    /** @param kind below {@link #KINDS} */
    Message of(int kind) {
        var shard = new ShardId(name().replace('/', '-'));
        var epoch = number();
        return switch (kind) {
            case 0 -> new Message.Seal(shard, epoch, replica());
            case 1 ->
                new Message.Sealed(
                        shard, epoch, number(), yes(), number(), some(() -> new LogTail(log(), point())), yes());
            case 2 -> new Message.AskTails(shard, epoch, log());
            case 3 -> new Message.Tails(shard, epoch, log(), some(() -> new LogTail(log(), point())), yes());
            case 4 -> new Message.Adopt(shard, configuration(), number(), number(), number(), number());
            case 5 -> new Message.AskManifest(shard, epoch, yes(), log());
            case 6 ->
                new Message.Manifest(
                        shard,
                        epoch,
                        number(),
                        number(),
                        yes(),
                        log(),
                        some(() -> new Target(log(), point(), replica())),
                        yes());
            case 7 -> new Message.Adopted(shard, epoch, number());
            case 8 ->
                new Message.Fetch(
                        shard,
                        epoch,
                        yes(),
                        some(() -> new Message.Want(log(), some(this::point), number())),
                        number());
            case 9 -> new Message.Fetched(shard, epoch, yes(), number(), number(), some(this::part));
            case 10 ->
                new Message.Append(
                        shard,
                        epoch,
                        number(),
                        number(),
                        number(),
                        some(this::piece),
                        some(() -> new Message.CommitIndex(log(), number())));
            case 11 ->
                new Message.Appended(
                        shard,
                        epoch,
                        number(),
                        number(),
                        number(),
                        some(() -> new Message.Ack(log(), point(), Message.Verdict.values()[random.nextInt(4)])));
            case 12 -> new Message.NotAdopted(shard, epoch, number());
            case 13 -> new Message.Fenced(shard, epoch, number());
            case 14 -> new Message.SnapshotOffer(shard, epoch, log(), point());
            case 15 -> new Message.AskCommits(shard, epoch, number(), yes(), log());
            case 16 ->
                new Message.Commits(
                        shard,
                        epoch,
                        number(),
                        yes(),
                        log(),
                        some(() -> new Message.CommitIndex(log(), number())),
                        yes());
            case 17 -> new Message.Release(shard, epoch);
            default -> throw new IllegalArgumentException("kind " + kind);
        };
    }

    private Message.Part part() {
        return switch (random.nextInt(3)) {
            case 0 -> new Message.Part.Entries(piece());
            case 1 -> new Message.Part.SnapshotAt(log(), point());
            default -> new Message.Part.Gone(log());
        };
    }

    private LogPiece piece() {
        return new LogPiece(log(), point(), some(this::entry));
    }

    private LogEntry entry() {
        var content = new byte[random.nextInt(5) == 0 ? random.nextInt(2_000) : random.nextInt(20)];
        random.nextBytes(content);
        return new LogEntry(number(), number(), number(), content, number());
    }

    private Configuration configuration() {
        var members = new ArrayList<>(some(this::replica));
        var primary = replica();
        members.add(primary);
        return new Configuration(1 + (number() & Long.MAX_VALUE >> 1), primary, members);
    }

    private <T> List<T> some(Supplier<T> item) {
        var items = new ArrayList<T>();
        for (var left = random.nextInt(4); left > 0; left--) {
            items.add(item.get());
        }
        return items;
    }

    private LogName log() {
        return random.nextInt(3) == 0 ? LogName.DIRECTORY : new LogName(name(), 1 + random.nextInt(1_000));
    }

    private LogPoint point() {
        return new LogPoint(number(), number(), number(), number());
    }

    private ReplicaId replica() {
        return new ReplicaId(name());
    }

    private String name() {
        var name = new StringBuilder();
        for (var left = 1 + random.nextInt(12); left > 0; left--) {
            name.appendCodePoint(
                    switch (random.nextInt(8)) {
                        case 0 -> 0xE4;
                        case 1 -> 0x4E2D;
                        case 2 -> 0x1F9E0;
                        case 3 -> '/';
                        default -> 'a' + random.nextInt(26);
                    });
        }
        return name.toString();
    }

    private long number() {
        return random.nextLong() >> random.nextInt(64);
    }

    private boolean yes() {
        return random.nextBoolean();
    }

    /** All that a message says; records compare arrays by who they are, and an entry has one. */
    static String told(Message message) {
        return told((Object) message);
    }

    private static String told(Object value) {
        return switch (value) {
            case byte[] bytes -> java.util.HexFormat.of().formatHex(bytes);
            case List<?> list ->
                list.stream().map(RandomMessages::told).toList().toString();
            case Record named -> {
                var told = new StringBuilder(named.getClass().getSimpleName());
                for (var component : named.getClass().getRecordComponents()) {
                    try {
                        var accessor = component.getAccessor();
                        accessor.setAccessible(true);
                        told.append(' ').append(component.getName()).append('=').append(told(accessor.invoke(named)));
                    } catch (ReflectiveOperationException e) {
                        throw new IllegalStateException(e);
                    }
                }
                yield "(" + told + ")";
            }
            default -> String.valueOf(value);
        };
    }
}
