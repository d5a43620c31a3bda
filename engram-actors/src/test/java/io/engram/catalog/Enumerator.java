package io.engram.catalog;

import io.engram.simulation.SeededRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Tries every schedule of a short story, not a sample of them: whichever message is delivered next, whichever node's
 * patience ends, dies and starts again, and whichever messages never arrive, since looking at every state on the way is the
 * same as stopping there. States that were seen before are not gone through again. Disks are as quick as memory here, and what
 * a node says to itself arrives at once; slow ones, and everything longer, are for the seeded simulation.
 *
 * <p>A message that will not change anything, whenever it arrives, is taken away: for one, an answer to an attempt that is over.
 */
final class Enumerator {
    /**
     * Something that a client wants.
     *
     * @param node at which, counted from 0
     * @param edit nothing for a reader
     * @param key by which the {@link Oracle} knows the edit
     * @param again at which node it is wanted once more, with the same id, at any time later; -1 for none
     */
    record Want(int node, Optional<Edit> edit, String key, int again) {}

    /**
     * A story.
     *
     * @param voters how many nodes vote at first
     * @param spares how many more nodes there are
     * @param wants what clients want, at any moment
     * @param retries how many times in all some node may try again
     * @param crashes how many times a node may die and start again
     * @param duplicates how many messages may arrive twice
     */
    record Story(int voters, int spares, List<Want> wants, int retries, int crashes, int duplicates) {}

    /** How much was gone through. */
    record Extent(long states, long steps, int depth, boolean complete) {}

    private record Flight(Envelope envelope, long hash) {}

    private record Asked(int want, long chosenBefore) {}

    private static final CatalogSettings SETTINGS =
            new CatalogSettings(10, 1, 1, 16, 4, 10, 3, 64, CatalogLimits.DEFAULT);

    private final Story story;
    private final Rules rules;
    private final long mostStates;
    private final boolean noncesRepeat;
    private final List<Incarnation> names = new ArrayList<>();
    private final LongSet seen = new LongSet();
    private final ArrayDeque<String> path = new ArrayDeque<>();
    private long steps;
    private int deepest;
    private boolean complete = true;

    /**
     * @param mostStates after how many it stops
     * @param noncesRepeat a planted mistake: every start of a node has the same nonce
     */
    Enumerator(Story story, Rules rules, long mostStates, boolean noncesRepeat) {
        this.story = story;
        this.rules = rules;
        this.mostStates = mostStates;
        this.noncesRepeat = noncesRepeat;
        for (var i = 0; i < story.voters() + story.spares(); i++) {
            names.add(new Incarnation(new UUID(0, i + 1)));
        }
    }

    /** @throws Oracle.Violation with the schedule, if one of them goes wrong */
    Extent run() {
        go(first(), 0);
        return new Extent(seen.size(), steps, deepest, complete);
    }

    private final class State {
        private final CatalogNode[] nodes;
        private final AcceptorRecord[] records;
        private final long[] hashes;
        private final int[] boots;
        private final int[] asked;
        private final Map<Long, Asked> open;
        private final List<Flight> flights;
        private Oracle oracle;
        private boolean ownsOracle = true;
        private int retries;
        private int crashes;
        private int duplicates;

        State(CatalogNode[] nodes, Oracle oracle) {
            this.nodes = nodes;
            this.oracle = oracle;
            records = new AcceptorRecord[nodes.length];
            hashes = new long[nodes.length];
            boots = new int[nodes.length];
            asked = new int[story.wants().size()];
            open = new HashMap<>();
            flights = new ArrayList<>();
            for (var i = 0; i < nodes.length; i++) {
                records[i] = nodes[i].record();
                hashes[i] = Hash.of(nodes[i]);
            }
        }

        /** For one step of one node. */
        State(State before, int acting) {
            nodes = before.nodes.clone();
            nodes[acting] = nodes[acting].copy();
            oracle = before.oracle;
            ownsOracle = false;
            retries = before.retries;
            records = before.records.clone();
            hashes = before.hashes.clone();
            boots = before.boots.clone();
            asked = before.asked.clone();
            open = new HashMap<>(before.open);
            flights = new ArrayList<>(before.flights);
            crashes = before.crashes;
            duplicates = before.duplicates;
        }

        long hash() {
            var sum = 0L;
            for (var flight : flights) {
                sum += flight.hash();
            }
            var waiting = 0L;
            for (var each : open.entrySet()) {
                waiting += Hash.of(each.getKey(), each.getValue().chosenBefore());
            }
            return Hash.of(
                    sum,
                    Hash.of(hashes),
                    counts(boots),
                    counts(asked),
                    waiting,
                    retries,
                    crashes,
                    duplicates,
                    oracle.hash());
        }

        private long counts(int[] counts) {
            return Arrays.hashCode(counts);
        }

        /** The oracle, to tell it something new. */
        private Oracle oracle() {
            if (!ownsOracle) {
                oracle = oracle.copy();
                ownsOracle = true;
            }
            return oracle;
        }

        void run(int node, List<Effect> effects) {
            var left = new ArrayDeque<>(effects);
            while (!left.isEmpty()) {
                switch (left.remove()) {
                    case Effect.Send(var envelope) -> {
                        if (envelope.message() instanceof Message.Accept
                                || envelope.message() instanceof Message.Install) {
                            oracle().sent(envelope.message());
                        }
                        if (envelope.to().equals(names.get(node))) {
                            left.addAll(nodes[node].receive(envelope));
                        } else {
                            flights.add(new Flight(envelope, Hash.of(envelope)));
                        }
                    }
                    case Effect.Force(var number, var record) -> {
                        if (!record.acceptedAt().equals(Ballot.ZERO)
                                || !record.founding().equals(records[node].founding())) {
                            oracle().written(record);
                            oracle().durable(names.get(node), record);
                        }
                        records[node] = record;
                        left.addAll(nodes[node].forced(number));
                    }
                    case Effect.Answered(var request, var answer) -> answered(request, answer);
                    case Effect.Wake _, Effect.Learned _, Effect.Lost _, Effect.FoundingStopped _ -> {}
                }
            }
            hashes[node] = Hash.of(nodes[node]);
            flights.removeIf(flight -> isOver(flight.envelope()));
        }

        private void answered(long request, Answer answer) {
            var was = open.remove(request);
            if (was == null) {
                return;
            }
            var want = story.wants().get(was.want());
            if (answer instanceof Answer.Read(var document)) {
                oracle().read(was.chosenBefore(), document);
            } else {
                oracle().answered(id(was.want()), want.key(), "", answer);
            }
        }

        /** Whether a message will not change anything any more, whenever it arrives. */
        private boolean isOver(Envelope envelope) {
            return switch (envelope.message()) {
                case Message.ToProposer answer -> isOver(nodes[names.indexOf(envelope.to())], answer);
                case Message.Query query -> !isAt(envelope.from(), query.ballot());
                case Message.Prepare prepare ->
                    !isAt(envelope.from(), prepare.ballot())
                            && !prepare.ballot().isAbove(promised(envelope.to(), prepare.generation()));
                case Message.Accept accept ->
                    !isAt(envelope.from(), accept.ballot())
                            && promised(envelope.to(), accept.generation()).isAbove(accept.ballot());
                default -> false;
            };
        }

        private boolean isAt(Incarnation proposer, Ballot ballot) {
            return rules.belongs(
                    nodes[names.indexOf(proposer)].proposer().phase().at(), ballot);
        }

        private Ballot promised(Incarnation voter, Generation generation) {
            var record = nodes[names.indexOf(voter)].record();
            return record.generation().equals(Optional.of(generation)) ? record.promised() : Ballot.ZERO;
        }

        private boolean isOver(CatalogNode node, Message.ToProposer answer) {
            var current = node.record().generation();
            if (!current.equals(Optional.of(answer.generation()))) {
                return true;
            }
            var late = !rules.belongs(node.proposer().phase().at(), answer.ballot());
            return switch (answer) {
                case Message.Rejected rejected ->
                    late && rejected.promised().round() <= node.proposer().round();
                case Message.NotInstalled _ -> false;
                case Message.Promise _, Message.State _, Message.Accepted _, Message.NeedWhole _ -> late;
            };
        }
    }

    private static EditId id(int want) {
        return new EditId(new Originator(new Incarnation(new UUID(9, want)), 1), 1, 1);
    }

    private State first() {
        var voters = names.subList(0, story.voters());
        var entries = names.stream()
                .map(name -> new NodeEntry(
                        "n" + name.id().getLeastSignificantBits(),
                        name,
                        Optional.empty(),
                        Optional.empty(),
                        Table.empty(),
                        NodeState.UP))
                .toList();
        var body = CatalogBody.founding(new UUID(1, 1), 4, entries);
        var operation =
                new OperationEntry("op", "test", "", "", OperationState.RUNNING, true, Table.empty(), List.of());
        var founding = new Document(
                new DocumentId(0, new Ballot(0, names.getFirst(), 1)),
                1,
                Optional.empty(),
                true,
                voters,
                EditLedger.EMPTY,
                new CatalogBody(
                        body.cluster(),
                        body.buckets(),
                        body.nextShard(),
                        body.nodes(),
                        body.shards(),
                        body.pins(),
                        body.cordons(),
                        Table.of(Map.of("op", operation))));
        var oracle = new Oracle();
        oracle.assume(founding);
        var nodes = new CatalogNode[names.size()];
        for (var i = 0; i < nodes.length; i++) {
            // A spare node knows the cluster, as one that was there for a while does.
            nodes[i] = node(i, 0, AcceptorRecord.installed(founding, names.get(i)));
        }
        return new State(nodes, oracle);
    }

    private CatalogNode node(int number, int boot, AcceptorRecord record) {
        return new CatalogNode(
                names.get(number), noncesRepeat ? 1 : boot + 1, record, SETTINGS, new SeededRandom(1), rules);
    }

    private void go(State state, int depth) {
        if (!seen.add(state.hash())) {
            return;
        }
        if (seen.size() >= mostStates) {
            complete = false;
            return;
        }
        deepest = Math.max(deepest, depth);
        deliver(state, depth);
        for (var want = 0; want < story.wants().size(); want++) {
            ask(state, want, depth);
        }
        for (var node = 0; node < state.nodes.length; node++) {
            wake(state, node, depth);
            // Where nothing is under way, and disks are quick, dying loses nothing.
            if (state.crashes < story.crashes()
                    && !(state.nodes[node].proposer().phase() instanceof Phase.Idle)) {
                crash(state, node, depth);
            }
        }
    }

    private interface Step {
        void take(State next);
    }

    private void step(State before, int node, String name, int depth, Step step) {
        path.addLast(name);
        steps++;
        var next = new State(before, node);
        try {
            step.take(next);
        } catch (Oracle.Violation violation) {
            throw new Oracle.Violation(violation.getMessage() + "\nafter\n  " + String.join("\n  ", path));
        }
        go(next, depth + 1);
        path.removeLast();
    }

    private void deliver(State state, int depth) {
        var done = new HashSet<Long>();
        for (var i = 0; i < state.flights.size(); i++) {
            var flight = state.flights.get(i);
            if (!done.add(flight.hash())) {
                continue;
            }
            var envelope = flight.envelope();
            var node = names.indexOf(envelope.to());
            var place = i;
            step(state, node, "deliver " + envelope, depth, next -> {
                next.flights.remove(place);
                next.run(node, next.nodes[node].receive(envelope));
            });
            if (state.duplicates < story.duplicates()) {
                step(state, node, "deliver and keep " + envelope, depth, next -> {
                    next.duplicates++;
                    next.run(node, next.nodes[node].receive(envelope));
                });
            }
        }
    }

    private void ask(State state, int number, int depth) {
        var want = story.wants().get(number);
        var times = state.asked[number];
        if (times > (want.again() < 0 ? 0 : 1)) {
            return;
        }
        var node = times == 0 ? want.node() : want.again();
        step(state, node, "want " + number + " at node " + node, depth, next -> {
            next.asked[number]++;
            var request = 10L * number + times;
            next.open.put(request, new Asked(number, next.oracle().tipVersion()));
            next.run(
                    node,
                    want.edit().isEmpty()
                            ? next.nodes[node].read(request)
                            : put(
                                    next.nodes[node],
                                    request,
                                    id(number),
                                    want.edit().get()));
        });
    }

    /** New voters are ready here; asking them is another matter. */
    private static List<Effect> put(CatalogNode node, long request, EditId id, Edit edit) {
        if (edit.newVoters().isEmpty()) {
            return node.edit(request, id, edit);
        }
        var out = new Outbox(node.self());
        node.proposer().edit(request, id, edit, out);
        return out.effects();
    }

    private void wake(State state, int node, int depth) {
        if (state.nodes[node].proposer().phase() instanceof Phase.Idle || state.retries >= story.retries()) {
            return;
        }
        step(state, node, "patience ends at node " + node, depth, next -> {
            var running = next.nodes[node];
            var before = running.proposer().round();
            next.run(
                    node,
                    running.woken(Effect.Timer.PROPOSER, running.proposer().attempt()));
            // An attempt that ends is followed by a pause, and the pause by the next attempt, which is what counts.
            next.retries += running.proposer().round() != before ? 1 : 0;
        });
    }

    private void crash(State state, int node, int depth) {
        step(state, node, "node " + node + " dies and starts again", depth, next -> {
            next.crashes++;
            next.boots[node]++;
            next.nodes[node] = node(node, next.boots[node], next.nodes[node].record());
            next.run(node, next.nodes[node].start());
        });
    }

    /** A set of numbers that does not box them. */
    private static final class LongSet {
        private long[] slots = new long[1 << 16];
        private int size;
        private boolean hasZero;

        boolean add(long value) {
            if (value == 0) {
                var is = !hasZero;
                hasZero = true;
                size += is ? 1 : 0;
                return is;
            }
            var slot = (int) value & slots.length - 1;
            while (slots[slot] != 0) {
                if (slots[slot] == value) {
                    return false;
                }
                slot = slot + 1 & slots.length - 1;
            }
            slots[slot] = value;
            if (++size > slots.length / 2) {
                grow();
            }
            return true;
        }

        long size() {
            return size;
        }

        private void grow() {
            var old = slots;
            slots = new long[2 * old.length];
            size = hasZero ? 1 : 0;
            for (var value : old) {
                if (value != 0) {
                    add(value);
                }
            }
        }
    }
}
