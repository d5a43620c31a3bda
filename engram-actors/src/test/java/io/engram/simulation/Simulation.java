package io.engram.simulation;

import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.function.Supplier;

/**
 * One run: everything in it follows from its seed.
 *
 * @param <M> the messages between its processes; they must be immutable
 */
public final class Simulation<M> {
    private static final int LINES_KEPT = 400;

    private final long seed;
    private final boolean traced;
    private final SeededRandom random;
    private final VirtualTime time = new VirtualTime();
    private final FaultCounts faults = new FaultCounts();
    private final LinkedHashMap<String, SimulatedProcess<M>> processes = new LinkedHashMap<>();
    private final SimulatedNetwork<M> network;
    private final ArrayDeque<String> lines = new ArrayDeque<>();

    public Simulation(long seed) {
        this(seed, false);
    }

    /** @param traced whether to keep the last lines of what happens, which costs time */
    public Simulation(long seed, boolean traced) {
        this.seed = seed;
        this.traced = traced;
        random = new SeededRandom(seed);
        network = new SimulatedNetwork<>(this, random.split());
    }

    public long seed() {
        return seed;
    }

    public SeededRandom random() {
        return random;
    }

    public VirtualTime time() {
        return time;
    }

    public FaultCounts faults() {
        return faults;
    }

    public SimulatedNetwork<M> network() {
        return network;
    }

    /** The process of a name; a machine where nothing runs yet if the name is new. */
    public SimulatedProcess<M> process(String name) {
        return processes.computeIfAbsent(name, _ -> new SimulatedProcess<>(name, this));
    }

    /** In the order in which they were first named. */
    public List<String> names() {
        return List.copyOf(processes.keySet());
    }

    /** Notes what happens, for whoever reads about a failure. Costs nothing in a run that is not traced. */
    public void trace(Supplier<String> line) {
        if (traced) {
            if (lines.size() == LINES_KEPT) {
                lines.remove();
            }
            lines.add("%,12d us  %s".formatted(time.nowMicros(), line.get()));
        }
    }

    /** The last lines of the trace. */
    public List<String> lines() {
        return List.copyOf(lines);
    }
}
