package io.engram.space;

import io.engram.memory.EngineView;
import io.engram.memory.Memory;
import io.engram.memory.SpaceEngine;
import java.time.Instant;
import java.util.Optional;

/**
 * What a space's log adds up to: a deterministic function of its events. It changes in place and belongs to the
 * space's actor; what others see of it are the engine's immutable views.
 */
final class SpaceState {
    private static final int MEMORIES_FOR_AN_EVENT = 16;

    private final SpaceSettings settings;
    private final SpaceEngine engine;
    private final KeptAnswers answers;
    private boolean created;
    private long incarnation;
    private Instant lastTime = Instant.EPOCH;
    private int eventsSinceSnapshot;

    SpaceState(SpaceSettings settings) {
        this(settings, new SpaceEngine());
    }

    private SpaceState(SpaceSettings settings, SpaceEngine engine) {
        this.settings = settings;
        this.engine = engine;
        this.answers = new KeptAnswers(settings.idempotencyWindow(), settings.idempotencyKeysPerSpace());
    }

    /** @param snapshot a {@link RestoredSpace} or a {@link WarmSpace}, which is used up, or a {@link SpaceSnapshot} */
    static SpaceState restore(SpaceSettings settings, Object snapshot) {
        if (snapshot instanceof WarmSpace warm) {
            return warm.state();
        }
        RestoredSpace space = switch (snapshot) {
            case RestoredSpace s -> s;
            case SpaceSnapshot s ->
                new RestoredSpace(s.incarnation(), s.lastTime(), SpaceEngine.restore(s.engine()), s.answers());
            default -> throw new IllegalArgumentException("no snapshot of a space: " + snapshot.getClass());
        };
        var state = new SpaceState(settings, space.engine());
        state.created = true;
        state.incarnation = space.incarnation();
        state.lastTime = space.lastTime();
        space.answers().forEach(state.answers::put);
        return state;
    }

    /** A copy that later events leave alone; costs references to the memories and one for each kept answer. */
    SpaceImage snapshot() {
        eventsSinceSnapshot = 0;
        return new SpaceImage(incarnation, lastTime, engine.image(), answers.all());
    }

    /**
     * Whether it is time for a snapshot: after so many events as the settings say, in a large space after one for each
     * sixteenth of its memories. So a snapshot is written in proportion to what was stored since the last one, and a
     * start replays little beside what it loads.
     */
    boolean isSnapshotDue() {
        int memories = engine.memories();
        return eventsSinceSnapshot >= Math.max(settings.snapshotEvery(), memories / MEMORIES_FOR_AN_EVENT);
    }

    /** @param events so many of those applied are in no snapshot */
    void notInSnapshot(long events) {
        eventsSinceSnapshot = Math.clamp(events, 0, Integer.MAX_VALUE);
    }

    int memories() {
        return engine.memories();
    }

    /** After a recovery: how many events were read on top of the snapshot. */
    int eventsSinceSnapshot() {
        return eventsSinceSnapshot;
    }

    SpaceState apply(SpaceEvent event) {
        eventsSinceSnapshot++;
        if (event.at().isAfter(lastTime)) {
            lastTime = event.at();
        }
        switch (event) {
            case SpaceEvent.Created e -> {
                created = true;
                incarnation = e.incarnation();
            }
            case SpaceEvent.Remembered e -> {
                engine.put(e.memory());
                e.request()
                        .ifPresent(r -> answers.put(
                                new KeptAnswers.Answer.Remembered(r, RememberReceipt.of(e.memory()), e.at())));
            }
            case SpaceEvent.FoundDuplicate e -> keepDuplicateAnswer(e);
            case SpaceEvent.Embedded e -> engine.attachVector(e.memoryId(), e.version(), e.vector());
            case SpaceEvent.Forgotten e -> {
                switch (e.mode()) {
                    case SUPPRESS -> engine.suppress(e.memoryId());
                    case DELETE -> engine.delete(e.memoryId());
                }
                var receipt = new ForgetReceipt(e.memoryId(), e.mode(), e.at(), false);
                answers.put(new KeptAnswers.Answer.Forgotten(e.request(), receipt, e.at()));
            }
        }
        return this;
    }

    private void keepDuplicateAnswer(SpaceEvent.FoundDuplicate event) {
        engine.current(event.duplicateOf())
                .ifPresent(held -> answers.put(new KeptAnswers.Answer.Remembered(
                        event.request(), RememberReceipt.forDuplicate(held), event.at())));
    }

    /** Whether the log has its first event. */
    boolean isCreated() {
        return created;
    }

    /** The time for the next event: now, but never before the last one. */
    Instant nextTime(Instant now) {
        return now.isAfter(lastTime) ? now : lastTime;
    }

    /** A memory that is there, be it suppressed or not. */
    Optional<Memory> current(String id) {
        return engine.current(id);
    }

    boolean isSuppressed(String id) {
        return engine.isSuppressed(id);
    }

    /** Dimension of the clients' vectors, 0 before the first. */
    int clientDimension() {
        return engine.clientDimension();
    }

    Optional<KeptAnswers.Answer> answerTo(String key) {
        return answers.get(key);
    }

    EngineView view() {
        return engine.view();
    }

    SpaceSettings settings() {
        return settings;
    }
}
