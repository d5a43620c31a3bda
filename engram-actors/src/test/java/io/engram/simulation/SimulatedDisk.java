package io.engram.simulation;

import java.util.ArrayDeque;

/**
 * A disk whose content is one immutable value. What is written can be read at once, and is durable only when a force that
 * was asked for afterwards is done. At a crash the disk keeps what was forced and, as real ones do, perhaps some of what
 * was written after it, in order.
 *
 * @param <S> the content, as an immutable value
 */
public final class SimulatedDisk<S> {
    private record Written<S>(long number, S content) {}

    private final Simulation<?> simulation;
    private final SimulatedProcess<?> owner;
    private final SeededRandom random;
    private final ArrayDeque<Written<S>> notForced = new ArrayDeque<>();
    private S durable;
    private S visible;
    private long leastForceMicros = 100;
    private long mostForceMicros = 4_000;
    private long written;
    private long crashes;
    private boolean failing;

    public SimulatedDisk(Simulation<?> simulation, SimulatedProcess<?> owner, S empty) {
        this.simulation = simulation;
        this.owner = owner;
        random = simulation.random().split();
        durable = empty;
        visible = empty;
    }

    public void setForceMicros(long least, long most) {
        leastForceMicros = least;
        mostForceMicros = most;
    }

    /** Lets every force fail from now on, or not. */
    public void setFailing(boolean failing) {
        this.failing = failing;
    }

    /** What a reader sees now. */
    public S read() {
        return visible;
    }

    /** What would be left if everything that was not forced were lost now. */
    public S durable() {
        return durable;
    }

    public void write(S content) {
        visible = content;
        notForced.add(new Written<>(++written, content));
    }

    /**
     * Makes durable what was written so far.
     *
     * @param done told in the owner's run once it is; not told if the owner is killed before, though the force may have
     *     happened
     * @param failed told instead if the disk fails; nothing may be assumed then
     */
    public void force(Runnable done, Runnable failed) {
        var upTo = written;
        var ofRun = owner.run();
        var beforeCrash = crashes;
        simulation.time().after(random.between(leastForceMicros, mostForceMicros), () -> {
            if (beforeCrash != crashes) {
                return;
            }
            if (failing) {
                simulation.faults().add(FaultCounts.FORCE_FAILED);
                owner.inRun(ofRun, failed);
                return;
            }
            // Forces may end in another order than they began; the end of an older one then finds nothing left to do.
            while (!notForced.isEmpty() && notForced.element().number() <= upTo) {
                durable = notForced.remove().content();
            }
            owner.inRun(ofRun, done);
        });
    }

    /** Forgets what was not forced, or some of it. To be called when the owner is killed. */
    public void crash() {
        crashes++;
        var survive = notForced.isEmpty() ? 0 : random.nextInt(notForced.size() + 1);
        var lost = notForced.size() - survive;
        for (var i = 0; i < survive; i++) {
            durable = notForced.remove().content();
        }
        if (lost > 0) {
            simulation.faults().add(FaultCounts.FORGOTTEN);
        }
        notForced.clear();
        visible = durable;
    }

    /** A new disk in the place of the old one. */
    public void wipe(S empty) {
        crashes++;
        notForced.clear();
        durable = empty;
        visible = empty;
        simulation.faults().add(FaultCounts.WIPED);
    }
}
