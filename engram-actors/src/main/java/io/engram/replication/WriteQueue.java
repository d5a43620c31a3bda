package io.engram.replication;

import java.util.ArrayList;
import java.util.List;

/**
 * The forced writes of a shard: one at a time, and what comes meanwhile shares the next one. So a write that the disk refuses
 * takes nothing with it but what was built on it.
 */
final class WriteQueue {
    private record Waiting(Runnable done, Runnable refused) {}

    private final Outbox out;
    private final ReplicaLogs logs;
    private List<Change> inFlight = List.of();
    private List<Waiting> forInFlight = List.of();
    private List<Change> gathered = new ArrayList<>();
    private List<Waiting> forGathered = new ArrayList<>();
    private long gatheredBytes;
    private long ticket;

    WriteQueue(Outbox out, ReplicaLogs logs) {
        this.out = out;
        this.logs = logs;
    }

    boolean isSettled() {
        return inFlight.isEmpty() && gathered.isEmpty();
    }

    long gatheredBytes() {
        return gatheredBytes;
    }

    /**
     * Adds changes to the next forced write.
     *
     * @param changes all or none of them happen; if empty, this waits for what was added before
     * @param done told when they are on the disk
     * @param refused told when the disk took none of them
     */
    void add(List<Change> changes, Runnable done, Runnable refused) {
        changes.forEach(logs::stage);
        gathered.addAll(changes);
        gatheredBytes += changes.stream().mapToLong(Change::bytes).sum();
        forGathered.add(new Waiting(done, refused));
        next();
    }

    /** Runs this once nothing is waiting for the disk. */
    void whenSettled(Runnable action) {
        if (isSettled()) {
            action.run();
        } else {
            add(List.of(), () -> whenSettled(action), () -> whenSettled(action));
        }
    }

    void forced(long number) {
        if (number != ticket || inFlight.isEmpty()) {
            return;
        }
        var changes = inFlight;
        var waiting = forInFlight;
        inFlight = List.of();
        forInFlight = List.of();
        logs.forced(changes);
        waiting.forEach(w -> w.done().run());
        next();
    }

    /** What was built on the refused write is refused with it. */
    void refused(long number) {
        if (number != ticket || inFlight.isEmpty()) {
            return;
        }
        var waiting = new ArrayList<>(forInFlight);
        waiting.addAll(forGathered);
        inFlight = List.of();
        forInFlight = List.of();
        gathered = new ArrayList<>();
        forGathered = new ArrayList<>();
        gatheredBytes = 0;
        logs.rollBack();
        waiting.forEach(w -> w.refused().run());
        next();
    }

    private void next() {
        while (inFlight.isEmpty() && !forGathered.isEmpty()) {
            inFlight = gathered;
            forInFlight = forGathered;
            gathered = new ArrayList<>();
            forGathered = new ArrayList<>();
            gatheredBytes = 0;
            if (!inFlight.isEmpty()) {
                out.put(new Output.Force(++ticket, inFlight));
                return;
            }
            var waiting = forInFlight;
            forInFlight = List.of();
            waiting.forEach(w -> w.done().run());
        }
    }
}
