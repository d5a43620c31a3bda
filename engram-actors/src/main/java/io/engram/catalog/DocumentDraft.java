package io.engram.catalog;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** A document in the making: the next version of one, with edits that are applied one after another, each wholly or not. */
final class DocumentDraft {
    private static final class RefusedException extends Exception {
        private static final long serialVersionUID = 1L;

        private final transient Refusal refusal;

        RefusedException(Refusal.Code code, String text) {
            super(text, null, false, false);
            refusal = new Refusal(code, text);
        }
    }

    private final Document base;
    private final Generation generation;
    private final CatalogLimits limits;
    private final Table.Draft<String, NodeEntry> nodes;
    private final Table.Draft<Long, ShardEntry> shards;
    private final Table.Draft<String, Pin> pins;
    private final Table.Draft<String, Cordon> cordons;
    private final Table.Draft<String, OperationEntry> operations;
    private final List<Table.Draft<?, ?>> tables;
    private @Nullable Set<Incarnation> incarnations;
    private EditLedger edits;
    private long nextShard;
    private List<Incarnation> voters;
    private long bytes;

    DocumentDraft(Document base, Generation generation, CatalogLimits limits) {
        this.base = base;
        this.generation = generation;
        this.limits = limits;
        var body = base.body();
        nodes = body.nodes().draft();
        shards = body.shards().draft();
        pins = body.pins().draft();
        cordons = body.cordons().draft();
        operations = body.operations().draft();
        tables = List.of(nodes, shards, pins, cordons, operations);
        nextShard = body.nextShard();
        voters = base.voters();
        edits = base.edits();
        bytes = Sizes.of(base);
    }

    /** Whether it names other voters, after which nothing more belongs into it. */
    boolean isClosing() {
        return !voters.equals(base.voters());
    }

    boolean isChanged() {
        return edits != base.edits();
    }

    EditLedger edits() {
        return edits;
    }

    /**
     * Applies an edit, or nothing of it, and enters it as decided.
     *
     * @param id whose standing is NEW
     * @return why it was refused, if it was
     */
    Optional<Refusal> decide(EditId id, Edit edit) {
        var votersBefore = voters;
        var nextShardBefore = nextShard;
        var bytesBefore = bytes;
        Optional<Refusal> refusal = Optional.empty();
        try {
            apply(edit);
            if (bytes > limits.documentBytes()) {
                throw new RefusedException(
                        Refusal.Code.TOO_LARGE,
                        "the catalog would have more than %d bytes".formatted(limits.documentBytes()));
            }
        } catch (RefusedException refused) {
            tables.forEach(Table.Draft::takeBack);
            incarnations = null;
            voters = votersBefore;
            nextShard = nextShardBefore;
            bytes = bytesBefore;
            refusal = Optional.of(refused.refusal);
        }
        tables.forEach(Table.Draft::keep);
        edits = edits.with(id, refusal.isPresent(), base.version() + 1, limits.originators());
        return refusal;
    }

    /** The document, proposed first at this ballot. */
    Document done(Ballot ballot) {
        var body = base.body();
        return new Document(
                new DocumentId(generation.number(), ballot),
                base.version() + 1,
                Optional.of(base.id()),
                isClosing(),
                voters,
                edits,
                new CatalogBody(
                        body.cluster(),
                        body.buckets(),
                        nextShard,
                        nodes.done(),
                        shards.done(),
                        pins.done(),
                        cordons.done(),
                        operations.done()));
    }

    private void apply(Edit edit) throws RefusedException {
        switch (edit) {
            case Edit.Nothing() -> {}
            case Edit.JoinNode join -> join(join);
            case Edit.UpdateNode(var node) -> {
                known(node.id(), node.incarnation());
                put(nodes, node.id(), node, limits.nodes());
            }
            case Edit.SetNodeState(var id, var incarnation, var state) ->
                put(nodes, id, known(id, incarnation).withState(state), limits.nodes());
            case Edit.RemoveNode remove -> remove(remove);
            case Edit.ProposeShard propose -> propose(propose);
            case Edit.ActivateShard(var number, var epoch) -> activate(number, epoch);
            case Edit.RemoveShard(var number, var epoch) -> removeShard(number, epoch);
            case Edit.PinSpace pin -> pin(pin);
            case Edit.UpdatePin(var pin) -> {
                knownPin(pin.space(), pin.shard());
                put(pins, pin.space(), pin, limits.pins());
            }
            case Edit.RemovePin(var space, var shard) -> {
                knownPin(space, shard);
                remove(pins, space);
            }
            case Edit.SetCordon(var cordon) -> {
                expect(nodes.find(cordon.node()) != null, Refusal.Code.UNKNOWN, "no node is called " + cordon.node());
                put(cordons, cordon.node(), cordon, limits.nodes());
            }
            case Edit.RemoveCordon(var node) -> {
                expect(cordons.find(node) != null, Refusal.Code.UNKNOWN, "node " + node + " has no cordon");
                remove(cordons, node);
            }
            case Edit.StartOperation(var operation) -> {
                expect(operations.find(operation.id()) == null, "there is an operation " + operation.id());
                put(operations, operation.id(), operation, limits.operations());
            }
            case Edit.AdvanceOperation advance -> advance(advance);
            case Edit.RemoveOperation(var id) -> {
                expect(operation(id).state().isFinal(), "operation " + id + " is not over");
                remove(operations, id);
            }
            case Edit.ChangeVoters(var expected, var newVoters) -> changeVoters(expected, newVoters);
            case Edit.Batch(var several) -> {
                for (var each : several) {
                    apply(each);
                }
            }
        }
    }

    private void join(Edit.JoinNode join) throws RefusedException {
        var node = join.node();
        var present = nodes.find(node.id());
        var standing = Optional.ofNullable(present).map(NodeEntry::incarnation);
        expect(
                standing.equals(join.replaces()),
                "node %s has incarnation %s, expected was %s".formatted(node.id(), standing, join.replaces()));
        expect(
                !incarnations().contains(node.incarnation()) || standing.equals(Optional.of(node.incarnation())),
                "incarnation %s belongs to another node".formatted(node.incarnation()));
        put(nodes, node.id(), node, limits.nodes());
        incarnations = null;
    }

    private void remove(Edit.RemoveNode remove) throws RefusedException {
        var incarnation = remove.incarnation();
        known(remove.node(), incarnation);
        expect(!voters.contains(incarnation), "node %s is a voter".formatted(remove.node()));
        for (var shard : shards.values()) {
            expect(
                    !shard.configuration().hasMember(incarnation)
                            && !shard.active()
                                    .map(active -> active.hasMember(incarnation))
                                    .orElse(false),
                    "node %s holds shard %d".formatted(remove.node(), shard.number()));
        }
        remove(nodes, remove.node());
        remove(cordons, remove.node());
        incarnations = null;
    }

    private void propose(Edit.ProposeShard propose) throws RefusedException {
        var number = propose.shard();
        var present = shards.find(number);
        var epoch = present == null ? 0 : present.epoch();
        expect(present != null || number < base.body().buckets(), Refusal.Code.UNKNOWN, "there is no shard " + number);
        expect(
                epoch == propose.expectedEpoch(),
                "shard %d is at epoch %d, expected was %d".formatted(number, epoch, propose.expectedEpoch()));
        var next = configuration(epoch + 1, propose.primary(), propose.replicas());
        put(
                shards,
                number,
                present == null
                        ? new ShardEntry(number, next, Optional.empty(), Optional.empty())
                        : present.opening(next),
                limits.shards());
    }

    private void activate(long number, long epoch) throws RefusedException {
        var shard = shard(number, epoch);
        expect(!shard.isActive(), "epoch %d of shard %d is active".formatted(epoch, number));
        put(shards, number, shard.activated(), limits.shards());
    }

    private void removeShard(long number, long epoch) throws RefusedException {
        shard(number, epoch);
        expect(number >= base.body().buckets(), "shard %d is a bucket".formatted(number));
        for (var pin : pins.values()) {
            expect(pin.shard() != number, "space %s is pinned to shard %d".formatted(pin.space(), number));
        }
        remove(shards, number);
    }

    private void pin(Edit.PinSpace pin) throws RefusedException {
        var space = pin.source().space();
        var present = pins.find(space);
        expect(present == null, "space %s is pinned already".formatted(space));
        expect(
                shards.find(pin.source().shard()) != null,
                Refusal.Code.UNKNOWN,
                "there is no shard " + pin.source().shard());
        expect(nodes.find(pin.home()) != null, Refusal.Code.UNKNOWN, "no node is called " + pin.home());
        var number = nextShard++;
        var first = configuration(1, pin.primary(), pin.replicas());
        put(
                shards,
                number,
                new ShardEntry(number, first, Optional.empty(), Optional.of(pin.source())),
                limits.shards());
        put(pins, space, new Pin(space, number, pin.home(), pin.reason(), pin.expiresAtMillis()), limits.pins());
    }

    private void advance(Edit.AdvanceOperation advance) throws RefusedException {
        var operation = operation(advance.operation());
        expect(!operation.state().isFinal(), "operation " + operation.id() + " is over");
        expect(
                operation.state() == advance.expected(),
                "operation %s is %s, expected was %s".formatted(operation.id(), operation.state(), advance.expected()));
        put(
                operations,
                operation.id(),
                operation.advanced(advance.step(), advance.cancellable(), advance.details()),
                limits.operations());
    }

    private void changeVoters(long expected, List<Incarnation> newVoters) throws RefusedException {
        expect(
                expected == generation.number(),
                "this is generation %d, expected was %d".formatted(generation.number(), expected));
        expect(!isClosing() && !newVoters.equals(voters), "these are the voters already");
        for (var voter : newVoters) {
            knownMember(voter);
        }
        voters = newVoters;
    }

    private ShardConfiguration configuration(long epoch, Incarnation primary, List<Incarnation> replicas)
            throws RefusedException {
        knownMember(primary);
        for (var replica : replicas) {
            knownMember(replica);
        }
        try {
            return new ShardConfiguration(epoch, primary, replicas);
        } catch (IllegalArgumentException e) {
            throw new RefusedException(Refusal.Code.CONFLICT, String.valueOf(e.getMessage()));
        }
    }

    private Set<Incarnation> incarnations() {
        var known = incarnations;
        if (known == null) {
            known = new HashSet<>();
            for (var node : nodes.values()) {
                known.add(node.incarnation());
            }
            incarnations = known;
        }
        return known;
    }

    private void knownMember(Incarnation incarnation) throws RefusedException {
        expect(
                incarnations().contains(incarnation),
                Refusal.Code.UNKNOWN,
                "no node has incarnation " + incarnation.id());
    }

    private NodeEntry known(String id, Incarnation incarnation) throws RefusedException {
        var node = nodes.find(id);
        if (node == null) {
            throw new RefusedException(Refusal.Code.UNKNOWN, "no node is called " + id);
        }
        expect(node.incarnation().equals(incarnation), "node %s has another incarnation".formatted(id));
        return node;
    }

    private ShardEntry shard(long number, long epoch) throws RefusedException {
        var shard = shards.find(number);
        if (shard == null) {
            throw new RefusedException(Refusal.Code.UNKNOWN, "there is no shard " + number);
        }
        expect(
                shard.epoch() == epoch,
                "shard %d is at epoch %d, expected was %d".formatted(number, shard.epoch(), epoch));
        return shard;
    }

    private void knownPin(String space, long shard) throws RefusedException {
        var pin = pins.find(space);
        if (pin == null) {
            throw new RefusedException(Refusal.Code.UNKNOWN, "space " + space + " is not pinned");
        }
        expect(pin.shard() == shard, "space %s is pinned to shard %d".formatted(space, pin.shard()));
    }

    private OperationEntry operation(String id) throws RefusedException {
        var operation = operations.find(id);
        if (operation == null) {
            throw new RefusedException(Refusal.Code.UNKNOWN, "there is no operation " + id);
        }
        return operation;
    }

    private <K extends Comparable<K>, V> void put(Table.Draft<K, V> table, K key, V value, int most)
            throws RefusedException {
        var before = table.find(key);
        expect(
                before != null || table.size() < most,
                Refusal.Code.TOO_LARGE,
                "the catalog holds " + most + " of these already");
        bytes += Sizes.of(value) - (before == null ? 0 : Sizes.of(before));
        table.put(key, value);
    }

    private <K extends Comparable<K>, V> void remove(Table.Draft<K, V> table, K key) {
        var before = table.find(key);
        if (before != null) {
            bytes -= Sizes.of(before);
            table.remove(key);
        }
    }

    private static void expect(boolean condition, String text) throws RefusedException {
        expect(condition, Refusal.Code.CONFLICT, text);
    }

    private static void expect(boolean condition, Refusal.Code code, String text) throws RefusedException {
        if (!condition) {
            throw new RefusedException(code, text);
        }
    }
}
