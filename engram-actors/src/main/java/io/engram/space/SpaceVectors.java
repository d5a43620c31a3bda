package io.engram.space;

import io.engram.embedding.EmbeddingUnavailableException;
import io.engram.memory.Memory;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;

/** Which of a space's memories get their vectors now, and which are next. Used on the space's actor's thread only. */
final class SpaceVectors {
    private static final Duration EMBEDDING_RETRY = Duration.ofMillis(250);
    /** Between two looks whether vectors can be written again. */
    private static final Duration ROOM_RETRY = Duration.ofSeconds(5);

    private final SpaceEnvironment environment;
    private final ActorContext<SpaceCommand> context;
    private final TimerScheduler<SpaceCommand> timers;
    private final Map<String, Memory> beingEmbedded = new HashMap<>();
    private final Set<Memory> notEmbeddable = new HashSet<>();
    private boolean awaitingModel;

    SpaceVectors(
            SpaceEnvironment environment, ActorContext<SpaceCommand> context, TimerScheduler<SpaceCommand> timers) {
        this.environment = environment;
        this.context = context;
        this.timers = timers;
    }

    /** Asks for as many vectors as there may be under way. */
    void next(SpaceState state) {
        var embedding = environment.embedding();
        switch (embedding.state()) {
            case OFF, UNAVAILABLE -> {}
            case LOADING -> {
                if (!awaitingModel) {
                    awaitingModel = true;
                    context.pipeToSelf(embedding.settled(), (ready, failure) -> new SpaceCommand.EmbedNext());
                }
            }
            case READY -> {
                int free = environment.settings().embeddingsInFlightPerSpace() - beingEmbedded.size();
                if (free <= 0) {
                    return;
                }
                if (environment.logs().refusal().isPresent()) {
                    // No vector is made that could not be written.
                    timers.startSingleTimer(new SpaceCommand.EmbedNext(), ROOM_RETRY);
                    return;
                }
                int asked = free + beingEmbedded.size() + notEmbeddable.size();
                for (Memory memory : state.view().awaitingEmbedding(asked)) {
                    if (free > 0 && !beingEmbedded.containsKey(memory.id()) && !notEmbeddable.contains(memory)) {
                        embed(memory);
                        free--;
                    }
                }
            }
        }
    }

    private void embed(Memory memory) {
        beingEmbedded.put(memory.id(), memory);
        context.pipeToSelf(
                environment.embedding().passage(memory.content()),
                (vector, failure) -> failure == null
                        ? new SpaceCommand.AttachVector(memory, vector)
                        : new SpaceCommand.EmbeddingFailed(memory, isPassing(failure)));
    }

    private static boolean isPassing(Throwable failure) {
        return failure instanceof EmbeddingUnavailableException
                || failure.getCause() instanceof EmbeddingUnavailableException;
    }

    /** The model that was waited for is there, or will not be. */
    void modelSettled() {
        awaitingModel = false;
    }

    /** A vector is in the log. */
    void attached(String memory) {
        beingEmbedded.remove(memory);
    }

    /** A vector could not be written for want of room; it is made again when there may be some. */
    void refused(String memory) {
        beingEmbedded.remove(memory);
        timers.startSingleTimer(new SpaceCommand.EmbedNext(), ROOM_RETRY);
    }

    /** No vector came of a memory, which is tried again later, or never. */
    void failed(SpaceCommand.EmbeddingFailed failed) {
        beingEmbedded.remove(failed.memory().id());
        if (failed.retry()) {
            timers.startSingleTimer(new SpaceCommand.EmbedNext(), EMBEDDING_RETRY);
        } else {
            notEmbeddable.add(failed.memory());
            context.getSelf().tell(new SpaceCommand.EmbedNext());
        }
    }
}
