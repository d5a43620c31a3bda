package io.engram.simulation;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;

/**
 * Carries messages between the processes of a simulation, badly if told so. Each direction of each pair is a link of its own
 * and can be cut by itself; what is under way on a link when it is cut is lost.
 */
public final class SimulatedNetwork<M> {
    private record Link(String from, String to) {}

    /** What is known of a link: the newest message that arrived, and when the last one under way arrives. */
    private static final class Traffic {
        private long sent;
        private long newestDelivered;
        private long lastArrivalMicros;
    }

    private final Simulation<M> simulation;
    private final SeededRandom random;
    private final Map<Link, Traffic> traffic = new HashMap<>();
    private final Set<Link> cut = new HashSet<>();
    private NetworkFaults faults = NetworkFaults.NONE;
    private UnaryOperator<M> wire = UnaryOperator.identity();

    SimulatedNetwork(Simulation<M> simulation, SeededRandom random) {
        this.simulation = simulation;
        this.random = random;
    }

    public void setFaults(NetworkFaults faults) {
        this.faults = faults;
    }

    /** What happens to a message on its way, for example that it is encoded and decoded. */
    public void setWire(UnaryOperator<M> wire) {
        this.wire = wire;
    }

    /** Cuts one direction. */
    public void cut(String from, String to) {
        if (cut.add(new Link(from, to))) {
            simulation.faults().add(FaultCounts.LINK_CUT);
            simulation.trace(() -> "cut " + from + " -> " + to);
        }
    }

    public void heal(String from, String to) {
        if (cut.remove(new Link(from, to))) {
            simulation.trace(() -> "heal " + from + " -> " + to);
        }
    }

    /** Cuts both directions between one process and all others. */
    public void isolate(String name) {
        for (var other : simulation.names()) {
            if (!other.equals(name)) {
                cut(name, other);
                cut(other, name);
            }
        }
    }

    public void healAll() {
        cut.clear();
        simulation.trace(() -> "all links heal");
    }

    public boolean isCut(String from, String to) {
        return cut.contains(new Link(from, to));
    }

    /** Sends a message. Whether it arrives, when, and how often is for the network to know. */
    public void send(String from, String to, M message) {
        var link = new Link(from, to);
        if (cut.contains(link)) {
            simulation.faults().add(FaultCounts.CUT);
            return;
        }
        if (random.chance(faults.dropped())) {
            simulation.faults().add(FaultCounts.DROPPED);
            simulation.trace(() -> "dropped " + from + " -> " + to + ": " + message);
            return;
        }
        var known = traffic.computeIfAbsent(link, _ -> new Traffic());
        var number = ++known.sent;
        transmit(link, known, number, message);
        if (random.chance(faults.duplicated())) {
            simulation.faults().add(FaultCounts.DUPLICATED);
            transmit(link, known, number, message);
        }
    }

    private void transmit(Link link, Traffic known, long number, M message) {
        var slow = random.chance(faults.slow());
        if (slow) {
            simulation.faults().add(FaultCounts.SLOW);
        }
        var now = simulation.time().nowMicros();
        var arrival = now
                + (slow
                        ? random.between(faults.mostMicros(), faults.slowMicros())
                        : random.between(faults.leastMicros(), faults.mostMicros()));
        if (faults.inOrder()) {
            arrival = Math.max(arrival, known.lastArrivalMicros);
        }
        known.lastArrivalMicros = Math.max(known.lastArrivalMicros, arrival);
        simulation.time().after(arrival - now, () -> arrive(link, known, number, message));
    }

    private void arrive(Link link, Traffic known, long number, M message) {
        if (cut.contains(link)) {
            simulation.faults().add(FaultCounts.CUT);
            return;
        }
        if (number < known.newestDelivered) {
            simulation.faults().add(FaultCounts.OVERTAKEN);
        }
        known.newestDelivered = Math.max(known.newestDelivered, number);
        simulation.process(link.to()).deliver(link.from(), wire.apply(message));
    }
}
