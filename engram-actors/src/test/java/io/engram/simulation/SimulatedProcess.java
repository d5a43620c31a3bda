package io.engram.simulation;

import java.util.ArrayDeque;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * A machine with a name on which one process at a time runs. Killing it forgets the handler, its timers and everything that
 * was on its way to it; what it had on a {@link SimulatedDisk} is another matter. A frozen one (SIGSTOP, a long collection
 * of garbage, a stopped virtual machine) does nothing, and on waking finds all that came meanwhile, in order.
 */
public final class SimulatedProcess<M> {
    private final String name;
    private final Simulation<M> simulation;
    private final SimulatedClock clock;
    private final ArrayDeque<Runnable> held = new ArrayDeque<>();
    private @Nullable BiConsumer<String, M> handler;
    private long run;
    private boolean frozen;

    SimulatedProcess(String name, Simulation<M> simulation) {
        this.name = name;
        this.simulation = simulation;
        clock = new SimulatedClock(simulation.time(), simulation.faults());
    }

    public String name() {
        return name;
    }

    public SimulatedClock clock() {
        return clock;
    }

    /** Which start this is; 0 before the first. */
    public long run() {
        return run;
    }

    public boolean isUp() {
        return handler != null;
    }

    public boolean isFrozen() {
        return frozen;
    }

    /** Starts a process. Its handler takes the sender's name and the message. */
    public void start(BiConsumer<String, M> handler) {
        if (this.handler != null) {
            throw new IllegalStateException(name + " runs already");
        }
        this.handler = handler;
        run++;
        simulation.trace(() -> name + " starts, run " + run);
    }

    /** Ends it at once. Nothing of its memory is left. */
    public void kill() {
        if (handler != null) {
            handler = null;
            held.clear();
            thawSilently();
            simulation.faults().add(FaultCounts.KILLED);
            simulation.trace(() -> name + " is killed");
        }
    }

    /**
     * Stops it for a while. Does nothing if it is down or frozen already.
     *
     * @param withClock whether its monotonic clock stands still too, as it does on a machine that is suspended
     */
    public void freeze(boolean withClock) {
        if (handler != null && !frozen) {
            frozen = true;
            simulation.faults().add(withClock ? FaultCounts.SUSPENDED : FaultCounts.FROZEN);
            if (withClock) {
                clock.stop();
            }
            simulation.trace(() -> name + " freezes");
        }
    }

    /** Lets it go on, with all that came meanwhile. */
    public void thaw() {
        if (frozen) {
            thawSilently();
            simulation.trace(() -> name + " thaws");
            while (!frozen && !held.isEmpty()) {
                held.remove().run();
            }
        }
    }

    private void thawSilently() {
        if (frozen) {
            frozen = false;
            clock.resume();
        }
    }

    public void send(String to, M message) {
        simulation.network().send(name, to, message);
    }

    /**
     * A timer of this run, by the process's own monotonic clock: it never fires before that clock has advanced so far.
     *
     * @return to cancel it
     */
    public Timer after(long localDelayMicros, Runnable action) {
        var timer = new Timer(clock.monotonicMicros() + localDelayMicros);
        arm(timer, run, action);
        return timer;
    }

    private void arm(Timer timer, long ofRun, Runnable action) {
        timer.event = simulation
                .time()
                .after(
                        clock.trueDelayUntil(timer.dueMicros),
                        () -> inRun(ofRun, () -> {
                            if (timer.cancelled) {
                                return;
                            }
                            if (clock.monotonicMicros() < timer.dueMicros) {
                                arm(timer, ofRun, action);
                            } else {
                                action.run();
                            }
                        }));
    }

    /**
     * Does something as this run of the process: at once if it runs, on waking if it is frozen, never if it was killed.
     * Whether it did or will.
     */
    public boolean inRun(long ofRun, Runnable action) {
        if (handler == null || run != ofRun) {
            return false;
        }
        if (frozen) {
            held.add(() -> inRun(ofRun, action));
        } else {
            action.run();
        }
        return true;
    }

    void deliver(String from, M message) {
        var taken = inRun(run, () -> {
            var current = handler;
            if (current != null) {
                simulation.trace(() -> from + " -> " + name + ": " + message);
                current.accept(from, message);
            }
        });
        if (!taken) {
            simulation.faults().add(FaultCounts.NOBODY);
        }
    }

    /** A timer that was set. */
    public static final class Timer {
        private final long dueMicros;
        private boolean cancelled;
        private VirtualTime.@Nullable Event event;

        private Timer(long dueMicros) {
            this.dueMicros = dueMicros;
        }

        /** Without effect on a timer that has fired. */
        public void cancel() {
            cancelled = true;
            if (event != null) {
                event.cancel();
            }
        }
    }
}
