package io.engram.catalog;

import io.engram.simulation.SeededRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;

/**
 * Nodes on a stage, for histories that are written down: nothing happens unless the script says so. Node numbers count from
 * 0. The {@link Oracle} watches. A step that finds nothing to do does nothing, so that a script can also be played with steps
 * of chance in between.
 */
final class Stage {
    private static final CatalogSettings SETTINGS =
            new CatalogSettings(10, 1, 1, 16, 4, 10, 3, 64, CatalogLimits.DEFAULT);

    final Oracle oracle = new Oracle();
    private final Flaw flaw;
    private final List<Incarnation> names = new ArrayList<>();
    private final List<CatalogNode> nodes = new ArrayList<>();
    private final List<AcceptorRecord> disks = new ArrayList<>();
    private final List<Envelope> flights = new ArrayList<>();
    private final List<Envelope> delivered = new ArrayList<>();
    private final Map<Long, Consumer<Answer>> waiting = new HashMap<>();
    private final Map<String, Answer> answers = new HashMap<>();
    private final List<String> log = new ArrayList<>();
    private boolean forcesHang;
    private long requests;
    private long boots;

    /** A cluster in which the first {@code voters} of {@code all} nodes vote. */
    Stage(Flaw flaw, int voters, int all) {
        this.flaw = flaw;
        for (var i = 0; i < all; i++) {
            names.add(new Incarnation(new UUID(0, i + 1)));
        }
        var founding = founding(voters);
        oracle.assume(founding);
        for (var name : names) {
            disks.add(AcceptorRecord.installed(founding, name));
            nodes.add(fresh(name, disks.getLast()));
        }
    }

    private Document founding(int voters) {
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
        return new Document(
                new DocumentId(0, new Ballot(0, names.getFirst(), 1)),
                1,
                Optional.empty(),
                true,
                names.subList(0, voters),
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
    }

    private CatalogNode fresh(Incarnation name, AcceptorRecord record) {
        boots++;
        return new CatalogNode(
                name,
                flaw == Flaw.USES_A_BALLOT_TWICE ? 1 : boots,
                flaw == Flaw.FORGETS_ITS_PROMISE ? Machine.withoutPromise(record) : record,
                SETTINGS,
                new SeededRandom(1),
                flaw.rules());
    }

    CatalogNode node(int number) {
        return nodes.get(number);
    }

    int size() {
        return nodes.size();
    }

    /** What was answered to an edit or a reader, by its key. */
    Optional<Answer> answer(String key) {
        return Optional.ofNullable(answers.get(key));
    }

    /** Somebody wants a step of an operation, at this node. Asked again with the same key it is the same edit. */
    Stage edit(int node, String key) {
        var edit = new Edit.AdvanceOperation(
                "op",
                OperationState.RUNNING,
                new OperationStep(0, OperationState.RUNNING, key),
                true,
                Optional.empty());
        return want(node, key, edit);
    }

    /** Somebody wants other voters. They are ready. */
    Stage change(int node, String key, int... voters) {
        var list = new ArrayList<Incarnation>();
        for (var voter : voters) {
            list.add(names.get(voter));
        }
        var generation = nodes.get(node).record().generation().orElseThrow().number();
        return want(
                node,
                key,
                new Edit.ChangeVoters(generation, list.stream().sorted().toList()));
    }

    private Stage want(int node, String key, Edit edit) {
        log("%s wanted at %d".formatted(key, node));
        var id = new EditId(new Originator(new Incarnation(new UUID(9, key.hashCode())), 1), 1, 1);
        var step = edit instanceof Edit.AdvanceOperation ? key : "";
        var request = expect(key, answer -> oracle.answered(id, step, "", answer));
        // Without the question whether new voters are ready.
        var out = new Outbox(names.get(node));
        nodes.get(node).proposer().edit(request, id, edit, out);
        return run(node, out.effects());
    }

    Stage read(int node, String key) {
        log("%s reads at %d".formatted(key, node));
        var before = oracle.tipVersion();
        var request = expect(key, answer -> {
            if (answer instanceof Answer.Read(var document)) {
                oracle.read(before, document);
            }
        });
        return run(node, nodes.get(node).read(request));
    }

    private long expect(String key, Consumer<Answer> check) {
        var request = ++requests;
        waiting.put(request, answer -> {
            answers.put(key, answer);
            check.accept(answer);
        });
        return request;
    }

    /** Delivers the oldest message of a kind between two nodes. */
    Stage deliver(int from, int to, Class<? extends Message> kind) {
        for (var flight : flights) {
            if (is(flight, from, to, kind)) {
                flights.remove(flight);
                return arrive(flight);
            }
        }
        return this;
    }

    private boolean is(Envelope flight, int from, int to, Class<? extends Message> kind) {
        return kind.isInstance(flight.message())
                && flight.from().equals(names.get(from))
                && flight.to().equals(names.get(to));
    }

    /** The same message once more: the last of its kind that was delivered between the two. */
    Stage again(int from, int to, Class<? extends Message> kind) {
        for (var flight : delivered.reversed()) {
            if (is(flight, from, to, kind)) {
                return arrive(flight);
            }
        }
        return this;
    }

    private Stage arrive(Envelope flight) {
        var to = names.indexOf(flight.to());
        if (to < 0) {
            return this;
        }
        log("%s -> %s %s".formatted(names.indexOf(flight.from()), to, flight.message()));
        delivered.add(flight);
        return run(to, nodes.get(to).receive(flight));
    }

    /** A proposer asks these nodes, and is answered by them. */
    Stage ask(int proposer, Class<? extends Message> question, Class<? extends Message> answer, int... voters) {
        for (var voter : voters) {
            deliver(proposer, voter, question).deliver(voter, proposer, answer);
        }
        return this;
    }

    /** A round of promises from these voters. */
    Stage prepare(int proposer, int... voters) {
        return ask(proposer, Message.Prepare.class, Message.Promise.class, voters);
    }

    /** A round of acceptances by these voters. */
    Stage accept(int proposer, int... voters) {
        return ask(proposer, Message.Accept.class, Message.Accepted.class, voters);
    }

    /** What these voters accept is not known to the proposer: their answers are lost. */
    Stage acceptUnheard(int proposer, int... voters) {
        for (var voter : voters) {
            deliver(proposer, voter, Message.Accept.class).lose(voter, proposer);
        }
        return this;
    }

    /** A question is put to these nodes, and the answers come. */
    Stage query(int reader, int... voters) {
        return ask(reader, Message.Query.class, Message.State.class, voters);
    }

    Stage lose(int from, int to) {
        flights.removeIf(flight -> is(flight, from, to, Message.class));
        return this;
    }

    Stage loseAll() {
        flights.clear();
        return this;
    }

    /** Delivers what is under way, and what comes of it, until nothing is. */
    Stage settle() {
        for (var steps = 0; !flights.isEmpty() && steps < 10_000; steps++) {
            arrive(flights.removeFirst());
        }
        return this;
    }

    /** One message, or other event, of chance. */
    void anything(SeededRandom random) {
        var node = random.nextInt(nodes.size());
        switch (random.nextInt(8)) {
            case 0 -> patience(node);
            case 1 -> restart(node);
            case 2 -> {
                if (!delivered.isEmpty()) {
                    arrive(random.pick(delivered));
                }
            }
            default -> {
                if (!flights.isEmpty()) {
                    arrive(flights.remove(random.nextInt(flights.size())));
                }
            }
        }
    }

    /** A node has waited long enough, for an answer or in a pause. */
    Stage patience(int node) {
        log("patience of " + node);
        var running = nodes.get(node);
        return run(node, running.woken(Effect.Timer.PROPOSER, running.proposer().attempt()));
    }

    /** A node gives up its attempt and begins another one. */
    Stage again(int node) {
        var phase = nodes.get(node).proposer().phase();
        // After a pause, and after a question, the next attempt comes at once.
        return phase instanceof Phase.Resting || phase instanceof Phase.Asking
                ? patience(node)
                : patience(node).patience(node);
    }

    Stage restart(int node) {
        log("restart of " + node);
        nodes.set(node, fresh(names.get(node), disks.get(node)));
        return run(node, nodes.get(node).start());
    }

    /** A node comes back with an empty disk: as another one, if it is done right. */
    Stage wipe(int node) {
        log("disk of " + node + " is wiped");
        disks.set(node, AcceptorRecord.EMPTY);
        if (flaw != Flaw.KEEPS_ITS_IDENTITY) {
            names.set(node, new Incarnation(new UUID(1, node + 1)));
        }
        return restart(node);
    }

    /** From now on no force ends, until {@link #restart} or {@link #forcesGoOn}. */
    Stage forcesHang() {
        forcesHang = true;
        return this;
    }

    Stage forcesGoOn() {
        forcesHang = false;
        return this;
    }

    /** A client concludes what it must not: that its edit will never be applied. */
    Stage believesLost(String key) {
        if (flaw == Flaw.BELIEVES_AN_EDIT_LOST
                && answer(key).isEmpty()
                && answer("reader").flatMap(Answer::chosen).isPresent()) {
            oracle.never(key);
        }
        return this;
    }

    private Stage run(int node, List<Effect> effects) {
        var left = new ArrayDeque<>(effects);
        while (!left.isEmpty()) {
            switch (left.remove()) {
                case Effect.Send(var envelope) -> {
                    oracle.sent(envelope.message());
                    flights.add(envelope);
                }
                case Effect.Force(var number, var record) -> {
                    oracle.written(record);
                    if (!forcesHang) {
                        disks.set(node, record);
                        oracle.durable(names.get(node), record);
                        left.addAll(nodes.get(node).forced(number));
                    }
                }
                case Effect.Answered(var request, var answer) -> {
                    log("answer %s".formatted(answer));
                    var listener = waiting.remove(request);
                    if (listener != null) {
                        listener.accept(answer);
                    }
                }
                case Effect.Wake _, Effect.Learned _, Effect.Lost _, Effect.FoundingStopped _ -> {}
            }
        }
        return this;
    }

    private void log(String line) {
        log.add(line);
    }

    /** What happened so far. */
    String history() {
        return String.join("\n  ", log);
    }
}
