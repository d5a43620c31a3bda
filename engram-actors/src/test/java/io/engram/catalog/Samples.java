package io.engram.catalog;

import io.engram.simulation.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Supplier;

/** Random values, from a seed: all that the types allow, and not only what a cluster would make. */
public final class Samples {
    private final SeededRandom random;
    private final UUID cluster;
    private final long buckets;

    public Samples(long seed) {
        random = new SeededRandom(seed);
        cluster = uuid();
        buckets = random.between(1, 50);
    }

    public Document document() {
        var version = random.between(1, 1_000_000);
        return new Document(
                documentId(),
                version,
                version == 1 ? Optional.empty() : Optional.of(documentId()),
                random.nextBoolean(),
                voters(),
                new EditLedger(random.nextLong(1_000), table(this::originator, this::mark)),
                body());
    }

    /** Another document that has much in common with this one. */
    public Document relative(Document document) {
        var other = document();
        var body = document.body();
        return new Document(
                other.id(),
                other.version(),
                other.parent(),
                other.closing(),
                other.voters(),
                random.nextBoolean()
                        ? document.edits()
                        : new EditLedger(
                                5, mixed(document.edits().marks(), other.edits().marks())),
                new CatalogBody(
                        body.cluster(),
                        body.buckets(),
                        body.nextShard() + random.nextInt(2),
                        random.nextBoolean()
                                ? body.nodes()
                                : mixed(body.nodes(), other.body().nodes()),
                        random.nextBoolean()
                                ? body.shards()
                                : mixed(body.shards(), other.body().shards()),
                        random.nextBoolean()
                                ? body.pins()
                                : mixed(body.pins(), other.body().pins()),
                        random.nextBoolean()
                                ? body.cordons()
                                : mixed(body.cordons(), other.body().cordons()),
                        random.nextBoolean()
                                ? body.operations()
                                : mixed(body.operations(), other.body().operations())));
    }

    private <K extends Comparable<K>, V> Table<K, V> mixed(Table<K, V> one, Table<K, V> other) {
        Map<K, V> mixed = new TreeMap<>();
        one.asMap().forEach((key, value) -> {
            if (random.chance(0.7)) {
                mixed.put(key, value);
            }
        });
        other.asMap().forEach((key, value) -> {
            if (random.chance(0.3)) {
                mixed.put(key, value);
            }
        });
        return Table.of(mixed);
    }

    public AcceptorRecord record() {
        if (random.chance(0.1)) {
            return AcceptorRecord.EMPTY;
        }
        if (random.chance(0.2)) {
            return AcceptorRecord.EMPTY.voted(new FoundingVote(document(), voters()));
        }
        var founding = document();
        var one = ballot();
        var two = ballot();
        var isVoter = random.chance(0.8);
        return new AcceptorRecord(
                Optional.empty(),
                Optional.of(founding),
                one.isAbove(two) ? one : two,
                one.isAbove(two) ? two : one,
                isVoter ? Optional.of(relative(founding)) : Optional.empty());
    }

    /** The next record of a voter, as it might be. */
    public AcceptorRecord after(AcceptorRecord record) {
        if (record.accepted().isEmpty() || random.chance(0.05)) {
            return record();
        }
        var ballot = new Ballot(record.promised().round() + random.nextInt(3), incarnation(), random.nextLong());
        if (record.promised().isAbove(ballot)) {
            return record;
        }
        return random.nextBoolean()
                ? record.promising(ballot)
                : record.accepting(ballot, relative(record.accepted().get()));
    }

    /** The record of a voter, from which on there are only small changes. */
    public AcceptorRecord voter() {
        var record = record();
        while (record.accepted().isEmpty()) {
            record = record();
        }
        return record;
    }

    /** The next record, in which something else is accepted. */
    public AcceptorRecord accepting(AcceptorRecord record) {
        return record.accepting(record.promised(), relative(record.accepted().orElseThrow()));
    }

    /** One of every kind of message, in order, over and over. */
    public Envelope envelope(int number) {
        return new Envelope(incarnation(), incarnation(), message(number % 18));
    }

    private Message message(int kind) {
        var generation = new Generation(cluster, documentId());
        return switch (kind) {
            case 0 -> new Message.Prepare(generation, ballot(), maybe(this::documentId));
            case 1 -> new Message.Query(generation, ballot(), maybe(this::documentId));
            case 2 -> new Message.Accept(generation, ballot(), carried());
            case 3 -> new Message.Install(document());
            case 4 -> new Message.Locate();
            case 5 -> new Message.AskReady(uuid(), random.nextLong());
            case 6 -> new Message.Found(document(), voters());
            case 7 -> new Message.Promise(generation, ballot(), ballot(), carried());
            case 8 -> new Message.State(generation, ballot(), ballot(), carried());
            case 9 -> new Message.Accepted(generation, ballot());
            case 10 -> new Message.Rejected(generation, ballot(), ballot());
            case 11 -> new Message.NotInstalled(generation, ballot());
            case 12 -> new Message.NeedWhole(generation, ballot());
            case 13 -> new Message.Installed(generation);
            case 14 -> new Message.Forward(document());
            case 15 -> new Message.Ready(random.nextLong());
            case 16 -> new Message.FoundingAccepted(documentId());
            default -> new Message.FoundingRefused(documentId(), random.pick(List.of(FoundingRefusal.values())));
        };
    }

    private Carried carried() {
        var document = document();
        return switch (random.nextInt(3)) {
            case 0 -> new Carried.Whole(document);
            case 1 -> Carried.to(document, relative(document));
            default -> new Carried.Same(document.id());
        };
    }

    private CatalogBody body() {
        Map<String, NodeEntry> nodes = new TreeMap<>();
        Map<Long, ShardEntry> shards = new TreeMap<>();
        Map<String, Pin> pins = new TreeMap<>();
        Map<String, Cordon> cordons = new TreeMap<>();
        Map<String, OperationEntry> operations = new TreeMap<>();
        for (var i = random.nextInt(6); i > 0; i--) {
            var node = new NodeEntry(
                    name(),
                    incarnation(),
                    maybe(this::name),
                    maybe(this::name),
                    table(this::name, this::name),
                    random.pick(List.of(NodeState.values())));
            nodes.put(node.id(), node);
            var shard = shard();
            shards.put(shard.number(), shard);
            var pin = new Pin(name(), random.nextLong(1_000), name(), text(), maybe(random::nextLong));
            pins.put(pin.space(), pin);
            var cordon = new Cordon(name(), text(), random.nextLong());
            cordons.put(cordon.node(), cordon);
            var operation = operation();
            operations.put(operation.id(), operation);
        }
        return new CatalogBody(
                cluster,
                buckets,
                buckets + random.nextLong(10),
                Table.of(nodes),
                Table.of(shards),
                Table.of(pins),
                Table.of(cordons),
                Table.of(operations));
    }

    private ShardEntry shard() {
        var configuration = configuration(random.between(2, 1_000));
        var active = switch (random.nextInt(3)) {
            case 0 -> Optional.<ShardConfiguration>empty();
            case 1 -> Optional.of(configuration);
            default -> Optional.of(configuration(configuration.epoch() - 1));
        };
        return new ShardEntry(
                random.nextLong(1L << random.nextInt(1, 40)),
                configuration,
                active,
                maybe(() -> new ShardSource(random.nextLong(100), name(), random.nextLong(1_000))));
    }

    private ShardConfiguration configuration(long epoch) {
        var replicas = new ArrayList<Incarnation>();
        for (var i = random.nextInt(4); i > 0; i--) {
            replicas.add(incarnation());
        }
        return new ShardConfiguration(epoch, incarnation(), replicas);
    }

    private OperationEntry operation() {
        var steps = new ArrayList<OperationStep>();
        for (var i = random.nextInt(4); i > 0; i--) {
            steps.add(new OperationStep(random.nextLong(), random.pick(List.of(OperationState.values())), text()));
        }
        return new OperationEntry(
                name(),
                name(),
                text(),
                text(),
                random.pick(List.of(OperationState.values())),
                random.nextBoolean(),
                table(this::name, this::text),
                steps);
    }

    private EditMark mark() {
        var decided = random.nextLong() | 1;
        var floor = random.nextLong(1_000);
        return new EditMark(
                random.between(1, 1_000_000),
                decided,
                random.nextLong() & decided,
                floor,
                floor + random.nextLong(1_000));
    }

    private List<Incarnation> voters() {
        var voters = new ArrayList<Incarnation>();
        for (var i = random.between(1, 5); i > 0; i--) {
            voters.add(incarnation());
        }
        return voters.stream().sorted().toList();
    }

    private <K extends Comparable<K>, V> Table<K, V> table(Supplier<K> keys, Supplier<V> values) {
        Map<K, V> entries = new TreeMap<>();
        for (var i = random.nextInt(4); i > 0; i--) {
            entries.put(keys.get(), values.get());
        }
        return Table.of(entries);
    }

    private <T> Optional<T> maybe(Supplier<T> value) {
        return random.nextBoolean() ? Optional.of(value.get()) : Optional.empty();
    }

    private DocumentId documentId() {
        return new DocumentId(random.nextLong(1L << random.nextInt(1, 50)), ballot());
    }

    private Ballot ballot() {
        return random.chance(0.1)
                ? Ballot.ZERO
                : new Ballot(random.nextLong(1L << random.nextInt(1, 60)), incarnation(), random.nextLong());
    }

    private Originator originator() {
        return new Originator(incarnation(), random.nextLong());
    }

    private Incarnation incarnation() {
        return new Incarnation(uuid());
    }

    private UUID uuid() {
        return new UUID(random.nextLong(), random.nextLong());
    }

    private String name() {
        return random.pick(List.of("a", "rack-1", "zürich", "東京", "𝄞", "node")) + random.nextInt(1_000);
    }

    private String text() {
        return random.chance(0.3) ? "" : name().repeat((int) random.between(1, 20));
    }
}
