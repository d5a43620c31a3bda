package io.engram.catalog;

import io.engram.simulation.SimulatedDisk;
import io.engram.simulation.SimulatedProcess;
import io.engram.simulation.Simulation;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** One machine of a simulated cluster: a disk, and perhaps a process with a {@link CatalogNode}. */
final class Machine {
    private static final long LOOKS_AROUND_MICROS = 250_000;

    /** What is on the disk, with the number that the run gave to it. */
    private record Stored(long run, long number, AcceptorRecord record) {}

    private final Simulation<Envelope> simulation;
    private final SimulatedProcess<Envelope> process;
    private final Oracle oracle;
    private final Flaw flaw;
    private final CatalogSettings settings;
    private final Function<Incarnation, Optional<String>> addresses;
    private final Consumer<Machine> onLost;
    private final ArrayDeque<Stored> written = new ArrayDeque<>();
    private final SimulatedDisk<Stored> disk;
    private final Map<Long, Consumer<Answer>> waiting = new HashMap<>();
    private Incarnation incarnation;
    private @Nullable CatalogNode node;
    private Optional<Document> learned = Optional.empty();
    private List<NodeEntry> founders = List.of();
    private long requests;

    Machine(
            String name,
            Simulation<Envelope> simulation,
            Oracle oracle,
            Flaw flaw,
            CatalogSettings settings,
            Function<Incarnation, Optional<String>> addresses,
            Consumer<Machine> onLost) {
        this.simulation = simulation;
        this.oracle = oracle;
        this.flaw = flaw;
        this.settings = settings;
        this.addresses = addresses;
        this.onLost = onLost;
        process = simulation.process(name);
        disk = new SimulatedDisk<>(simulation, process, new Stored(0, 0, AcceptorRecord.EMPTY));
        incarnation = draw();
    }

    private Incarnation draw() {
        return new Incarnation(
                new UUID(simulation.random().nextLong(), simulation.random().nextLong()));
    }

    String name() {
        return process.name();
    }

    Incarnation incarnation() {
        return incarnation;
    }

    SimulatedProcess<Envelope> process() {
        return process;
    }

    SimulatedDisk<?> disk() {
        return disk;
    }

    Optional<CatalogNode> node() {
        return process.isUp() ? Optional.ofNullable(node) : Optional.empty();
    }

    /** The newest chosen document that a run of this machine saw. */
    Optional<Document> learned() {
        return learned;
    }

    NodeEntry entry() {
        return new NodeEntry(name(), incarnation, Optional.empty(), Optional.empty(), Table.empty(), NodeState.UP);
    }

    /** What it shall found a cluster with, at every start. */
    void found(List<NodeEntry> nodes) {
        founders = nodes;
        if (process.isUp() && !process.isFrozen()) {
            discover(process.run());
        }
    }

    void start() {
        var nonce = flaw == Flaw.USES_A_BALLOT_TWICE ? 1 : simulation.random().nextLong();
        var fresh = new CatalogNode(
                incarnation,
                nonce,
                flaw == Flaw.FORGETS_ITS_PROMISE
                        ? withoutPromise(disk.read().record())
                        : disk.read().record(),
                settings,
                simulation.random().split(),
                flaw.rules());
        node = fresh;
        process.start((_, envelope) -> run(fresh.receive(envelope)));
        run(fresh.start());
        discover(process.run());
    }

    static AcceptorRecord withoutPromise(AcceptorRecord record) {
        return new AcceptorRecord(
                record.vote(), record.founding(), record.acceptedAt(), record.acceptedAt(), record.accepted());
    }

    /** Says again and again whom it sees, as a server does that looks around several times a second. */
    private void discover(long run) {
        if (!process.isUp() || process.run() != run || founders.isEmpty()) {
            return;
        }
        if (node != null && node.founding().isEmpty()) {
            run(node.discovered(founders, new UUID(simulation.random().nextLong(), 7), 4));
            simulation.time().after(LOOKS_AROUND_MICROS, () -> discover(run));
        }
    }

    void kill() {
        if (process.isUp()) {
            process.kill();
            disk.crash();
            look();
            written.clear();
            waiting.clear();
            node = null;
        }
    }

    /** An empty disk in a machine that is down; it is another one by that. */
    void wipe() {
        disk.wipe(new Stored(0, 0, AcceptorRecord.EMPTY));
        if (flaw != Flaw.KEEPS_ITS_IDENTITY) {
            incarnation = draw();
            founders = List.of();
        }
    }

    /**
     * Puts an edit to the node.
     *
     * @return the number under which it can be given up; absent if nothing runs here
     */
    Optional<Long> edit(EditId id, Edit edit, Consumer<Answer> answer) {
        return request(answer, (running, number) -> running.edit(number, id, edit));
    }

    Optional<Long> read(Consumer<Answer> answer) {
        return request(answer, (running, number) -> running.read(number));
    }

    private Optional<Long> request(Consumer<Answer> answer, BiFunction<CatalogNode, Long, List<Effect>> ask) {
        var running = node;
        if (running == null || !process.isUp() || process.isFrozen()) {
            return Optional.empty();
        }
        var number = ++requests;
        waiting.put(number, answer);
        run(ask.apply(running, number));
        return Optional.of(number);
    }

    /** Gives a request up. Without effect on what was answered or died with the process. */
    void expire(long number) {
        var running = node;
        if (running != null && process.isUp() && !process.isFrozen() && waiting.containsKey(number)) {
            run(running.expire(number));
        }
    }

    /** Asks another machine for the voters. */
    void locate(Incarnation guide) {
        var running = node;
        if (running != null && process.isUp() && !process.isFrozen()) {
            run(running.locate(guide));
        }
    }

    private void run(List<Effect> effects) {
        for (var effect : effects) {
            switch (effect) {
                case Effect.Send(var envelope) -> {
                    oracle.sent(envelope.message());
                    addresses.apply(envelope.to()).ifPresent(name -> process.send(name, envelope));
                }
                case Effect.Force(var number, var record) -> force(number, record);
                case Effect.Wake(var timer, var token, var delayMicros) -> {
                    var running = node;
                    process.after(delayMicros, () -> {
                        if (running != null) {
                            run(running.woken(timer, token));
                        }
                    });
                }
                case Effect.Answered(var request, var answer) -> {
                    simulation.trace(() -> name() + " answers " + answer);
                    var listener = waiting.remove(request);
                    if (listener != null) {
                        listener.accept(answer);
                    }
                }
                case Effect.Learned(var document) -> learned = Optional.of(document);
                case Effect.Lost() -> onLost.accept(this);
                case Effect.FoundingStopped _ -> {}
            }
        }
    }

    private void force(long number, AcceptorRecord record) {
        oracle.written(record);
        var stored = new Stored(process.run(), number, record);
        written.add(stored);
        disk.write(stored);
        var running = node;
        disk.force(
                () -> {
                    look();
                    if (running != null) {
                        run(running.forced(number));
                    }
                },
                () -> {
                    if (running != null) {
                        run(running.stop());
                        simulation.trace(() -> name() + " stops, its disk failed");
                        kill();
                    }
                });
    }

    /** Tells the oracle what is durable by now. To be called after each step. */
    void look() {
        var durable = disk.durable();
        var number = durable.run() == process.run() ? durable.number() : 0;
        while (!written.isEmpty() && written.element().number() <= number) {
            oracle.durable(incarnation, written.remove().record());
        }
    }
}
