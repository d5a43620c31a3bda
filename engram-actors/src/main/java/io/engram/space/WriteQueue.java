package io.engram.space;

import io.engram.trace.TraceContext;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The writes that wait for the next forced write of their space, in order of arrival. A batch takes as many from the
 * front as do not depend on each other's outcome, so that each is decided against a state that is known.
 */
final class WriteQueue {

    /**
     * What goes into one forced write.
     *
     * @param events to be made durable together
     * @param afterwards to be answered when they are
     * @param atOnce answers that need no write
     */
    record Batch(List<SpaceEvent> events, List<Answered> afterwards, List<Answered> atOnce) {}

    /** A command with its answer, where somebody waits for one. */
    record Answered(SpaceCommand.Write command, Optional<SpaceReply> reply) {}

    /** Is told of each command that is taken into a batch. */
    @FunctionalInterface
    interface Taken {
        /** @param arrivedNanos when it arrived, by {@link System#nanoTime()} */
        void taken(TraceContext trace, long arrivedNanos);
    }

    private record Waiting(SpaceCommand.Write command, long arrivedNanos) {}

    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    private final Taken onTaken;

    WriteQueue(Taken onTaken) {
        this.onTaken = onTaken;
    }

    void add(SpaceCommand.Write command, long arrivedNanos) {
        waiting.add(new Waiting(command, arrivedNanos));
    }

    boolean isEmpty() {
        return waiting.isEmpty();
    }

    int size() {
        return waiting.size();
    }

    /** Takes everything out, undecided. */
    List<SpaceCommand.Write> drain() {
        List<SpaceCommand.Write> all = waiting.stream().map(Waiting::command).toList();
        waiting.clear();
        return all;
    }

    Batch nextBatch(SpaceState state, Instant now) {
        List<SpaceEvent> events = new ArrayList<>();
        List<Answered> afterwards = new ArrayList<>();
        List<Answered> atOnce = new ArrayList<>();
        Set<String> ids = new HashSet<>();
        Set<String> keys = new HashSet<>();
        boolean firstVector = false;
        int bytes = 0;
        SpaceSettings settings = state.settings();
        while (!waiting.isEmpty() && events.size() < settings.maxBatchCommands() && bytes < settings.maxBatchBytes()) {
            SpaceCommand.Write command = waiting.getFirst().command();
            boolean setsDimension = setsDimension(command, state);
            boolean dependsOnBatch = ids.contains(command.memoryId())
                    || command.key().map(keys::contains).orElse(false)
                    || (setsDimension && firstVector)
                    || (looksForDuplicates(command) && !events.isEmpty());
            if (dependsOnBatch) {
                break;
            }
            onTaken.taken(command.trace(), waiting.remove().arrivedNanos());
            switch (WriteRules.decide(state, command, now)) {
                case WriteDecision.Answer d -> atOnce.add(new Answered(command, d.reply()));
                case WriteDecision.Persist d -> {
                    events.addAll(d.events());
                    afterwards.add(new Answered(command, d.reply()));
                    ids.add(command.memoryId());
                    command.key().ifPresent(keys::add);
                    firstVector |= setsDimension;
                    bytes += weight(command);
                }
            }
        }
        return new Batch(events, afterwards, atOnce);
    }

    private static boolean setsDimension(SpaceCommand.Write command, SpaceState state) {
        return state.clientDimension() == 0
                && command instanceof SpaceCommand.Remember c
                && c.request().body().embedding().isPresent();
    }

    private static boolean looksForDuplicates(SpaceCommand.Write command) {
        return command instanceof SpaceCommand.Remember c && c.request().deduplicate();
    }

    private static int weight(SpaceCommand.Write command) {
        return switch (command) {
            case SpaceCommand.Remember c ->
                c.request().body().content().length()
                        + 4
                                * c.request()
                                        .body()
                                        .embedding()
                                        .map(e -> e.dimension())
                                        .orElse(0)
                        + 256;
            case SpaceCommand.Forget c -> 128;
            case SpaceCommand.AttachVector c -> c.vector().bytes().length + 128;
        };
    }
}
