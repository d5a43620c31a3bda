package io.engram.space;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.RecoveryFailed;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.SnapshotFailed;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.spi.LoggingEventBuilder;

/**
 * A memory space's only writer: it turns commands into events, and its log holds nothing else.
 *
 * <p>Commands come from {@link SpaceClient}s on any node through sharding. Each write joins a queue, and the actor
 * tells itself to flush; since that message arrives behind all commands that are already waiting, a busy space pays one
 * forced write for many memories and a quiet one waits for nobody. While a write is on its way Pekko stashes what
 * arrives, and the next batch takes it together. Answers go out when the events are durable and readers can see them.
 *
 * <p>Readers do not come here: each batch publishes the engine's new view to {@link SpaceReaders}. Texts without a
 * vector are given to the model a few at a time; each vector comes back as one more write, so that a replay embeds
 * nothing.
 *
 * <p>Before it hands events to the log it asks whether the log takes any: while the disk is full, or too much waits for
 * it, writes are refused here and reads go on. When the log refuses or loses a write all the same, those whose write
 * was under way are told what is known of it, and the actor leaves: sharding starts it again with the next command, from
 * what the log really holds. When the log is found damaged the actor closes the space at once and makes way for
 * {@link SpaceOpening}, which answers with the reason.
 */
final class SpaceActor extends EventSourcedBehavior<SpaceCommand, SpaceEvent, SpaceState> {
    private static final Logger LOG = LoggerFactory.getLogger(SpaceActor.class);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Duration DIRECTORY_TIMEOUT = Duration.ofSeconds(5);
    /** Nobody waits for a vector, so it may wait a little for others to share a forced write with. */
    private static final Duration VECTOR_PATIENCE = Duration.ofMillis(20);

    private final SpaceRecord space;
    private final ActorRef<ClusterSharding.ShardCommand> shard;
    private final SpaceEnvironment environment;
    private final ActorContext<SpaceCommand> context;
    private final TimerScheduler<SpaceCommand> timers;
    private final InHand<SpaceCommand> inHand;
    private final Consumer<String> onDamage;
    private final Runnable onLost;

    private final long begunNanos = System.nanoTime();
    private final WriteQueue queue;
    private final List<WriteQueue.Answered> inFlight = new ArrayList<>();
    private final SpaceVectors vectors;
    private long persistBegunNanos;
    private TracedCommit commit = TracedCommit.NONE;
    private boolean flushComing;
    private Optional<SpaceCommand.Delete> deletion = Optional.empty();
    private Optional<SpaceReaders.Handle> handle = Optional.empty();
    private Optional<EngramException> closedBecause = Optional.empty();
    /** What those are told whose write was under way when the actor stops. */
    private EngramException unfinished =
            EngramException.outcomeUnknown("the space stopped while the write was on its way");

    private SpaceActor(
            SpaceRecord space,
            ActorRef<ClusterSharding.ShardCommand> shard,
            SpaceEnvironment environment,
            ActorContext<SpaceCommand> context,
            TimerScheduler<SpaceCommand> timers,
            InHand<SpaceCommand> inHand) {
        super(PersistenceId.ofUniqueId(space.persistenceId()), InHand.HOLD_STILL);
        this.space = space;
        this.shard = shard;
        this.environment = environment;
        this.context = context;
        this.timers = timers;
        this.inHand = inHand;
        this.queue = new WriteQueue(environment.figures()::taken);
        this.vectors = new SpaceVectors(environment, context, timers);
        var self = context.getSelf();
        this.onDamage = reason -> self.tell(new SpaceCommand.Damaged(reason));
        this.onLost = () -> self.tell(new SpaceCommand.Lost());
        environment.reigns().watch(space, onLost);
    }

    static Behavior<SpaceCommand> create(
            SpaceRecord space, ActorRef<ClusterSharding.ShardCommand> shard, SpaceEnvironment environment) {
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> {
            var inHand = new InHand<>(
                    SpaceCommand.class,
                    SpaceOpening::refuse,
                    SpaceCommand.Stop.class::isInstance,
                    () -> shard.tell(new ClusterSharding.Passivate<>(context.getSelf())),
                    closing());
            return Behaviors.intercept(
                    () -> inHand, new SpaceActor(space, shard, environment, context, timers, inHand));
        }));
    }

    private static EngramException closing() {
        return EngramException.unavailable("the space is closing", RETRY_AFTER);
    }

    @Override
    public SpaceState emptyState() {
        return new SpaceState(environment.settings());
    }

    @Override
    public EventHandler<SpaceState, SpaceEvent> eventHandler() {
        return SpaceState::apply;
    }

    @Override
    public CommandHandler<SpaceCommand, SpaceEvent, SpaceState> commandHandler() {
        return this::onCommand;
    }

    @Override
    public boolean shouldSnapshot(SpaceState state, SpaceEvent event, long sequenceNr) {
        return state.isSnapshotDue();
    }

    @Override
    public Optional<Integer> stashCapacity() {
        return Optional.of(2 * environment.settings().writesInFlightPerSpace() + 1024);
    }

    /**
     * The state changes in place, so what a snapshot shares is taken here, on the actor's thread, before anything else
     * happens. The snapshot store writes it afterwards, and removes older ones and the log before them.
     */
    @Override
    public SnapshotAdapter<SpaceState> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(SpaceState state) {
                return state.snapshot();
            }

            @Override
            public SpaceState fromJournal(Object from) {
                return SpaceState.restore(environment.settings(), from);
            }
        };
    }

    @Override
    public SignalHandler<SpaceState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(RecoveryCompleted.instance(), this::onRecovered)
                .onSignal(RecoveryFailed.class, (state, failed) -> onUnreadable(failed.getFailure()))
                .onSignal(JournalPersistFailed.class, (state, failed) -> onNotWritten(failed.getFailure()))
                .onSignal(
                        SnapshotFailed.class,
                        (state, failed) -> warn().log(
                                        "no snapshot of the space could be kept, its log is enough: {}",
                                        failed.getFailure().toString()))
                .onSignal(PreRestart.instance(), state -> onStopped())
                .onSignal(PostStop.instance(), state -> onStopped())
                .build();
    }

    private LoggingEventBuilder warn() {
        return SpaceRecords.about(LOG.atWarn(), space.id(), environment.reigns());
    }

    private void onRecovered(SpaceState state) {
        environment.figures().opened(begunNanos);
        SpaceOpening.noteIfSlow(space.id(), environment.reigns(), begunNanos, state);
        handle = Optional.of(environment.readers().open(space.id(), state.view(), space.reign()));
        environment.quarantine().watch(space.persistenceId(), onDamage);
        if (!environment.reigns().isCurrent(space)) {
            context.getSelf().tell(new SpaceCommand.Lost());
        }
        embedNext(state);
    }

    private void onUnreadable(Throwable failure) {
        environment.figures().notOpened();
        var reason = environment.logs().afterFailedRead(failure);
        var text = String.valueOf(reason.getMessage());
        if (reason.kind() == EngramException.Kind.QUARANTINED) {
            environment.quarantine().add(space.persistenceId(), text);
            inHand.giveUp(SpaceQuarantine.refusal(space.persistenceId(), text));
        } else {
            SpaceRecords.about(LOG.atError(), space.id(), environment.reigns())
                    .log("the space cannot be read from its log: {}", text);
            inHand.giveUp(reason);
        }
    }

    private void onNotWritten(Throwable failure) {
        unfinished = environment.logs().afterFailedWrite(failure);
        warn().log(
                        "the space could not write to its log and starts again from it with its next request: {}",
                        unfinished.getMessage());
        inHand.giveUp(closing());
    }

    private void onStopped() {
        closeReaders();
        commit.lost();
        environment.quarantine().unwatch(space.persistenceId(), onDamage);
        environment.reigns().unwatch(space, onLost);
        inFlight.forEach(w -> SpaceOpening.refuse(w.command(), unfinished));
        inFlight.clear();
        queue.drain().forEach(c -> SpaceOpening.refuse(c, closing()));
    }

    private void closeReaders() {
        handle.ifPresent(h -> environment.readers().close(space.id(), h));
        handle = Optional.empty();
    }

    private Effect<SpaceEvent, SpaceState> onDamaged(String reason) {
        return closeBecause(SpaceQuarantine.refusal(space.persistenceId(), reason));
    }

    /** Another node may lead the space by now; whoever asks again is brought there. */
    private Effect<SpaceEvent, SpaceState> onLost() {
        return closeBecause(EngramException.unavailable("the space has moved to another node", RETRY_AFTER));
    }

    private Effect<SpaceEvent, SpaceState> closeBecause(EngramException refusal) {
        closedBecause = Optional.of(refusal);
        closeReaders();
        queue.drain().forEach(c -> SpaceOpening.refuse(c, refusal));
        shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
        return Effect().none();
    }

    private Effect<SpaceEvent, SpaceState> onCommand(SpaceState state, SpaceCommand command) {
        if (!inHand.begin(command)) {
            return Effect().none();
        }
        if (closedBecause.isPresent() && !(command instanceof SpaceCommand.Stop)) {
            SpaceOpening.refuse(
                    command,
                    // Deleting works, but not here.
                    command instanceof SpaceCommand.Delete ? closing() : closedBecause.get());
            return Effect().none();
        }
        return switch (command) {
            case SpaceCommand.Damaged c -> onDamaged(c.reason());
            case SpaceCommand.Lost c -> onLost();
            case SpaceCommand.AttachVector c -> onVector(c);
            case SpaceCommand.Write c -> onWrite(c);
            case SpaceCommand.Flush c -> onFlush(state);
            case SpaceCommand.Open c -> reply(c.replyTo(), new SpaceReply.Opened(space.info()));
            case SpaceCommand.Create c -> reply(c.replyTo(), new SpaceReply.Opened(space.info()));
            case SpaceCommand.Delete c -> onDelete(c);
            case SpaceCommand.DirectoryAnswered c -> onDirectory(c.reply());
            case SpaceCommand.DirectorySilent c -> onDirectorySilent(c.reason());
            case SpaceCommand.EmbedNext c -> {
                vectors.modelSettled();
                embedNext(state);
                yield Effect().none();
            }
            case SpaceCommand.EmbeddingFailed c -> onEmbeddingFailed(c);
            case SpaceCommand.KeepAwake c -> Effect().none();
            case SpaceCommand.Stop c -> onStop();
        };
    }

    private Effect<SpaceEvent, SpaceState> reply(ActorRef<SpaceReply> to, SpaceReply reply) {
        to.tell(reply);
        return Effect().none();
    }

    private Effect<SpaceEvent, SpaceState> onWrite(SpaceCommand.Write command) {
        if (deletion.isPresent()) {
            SpaceOpening.refuse(command, EngramException.unavailable("the space is being deleted", RETRY_AFTER));
            return Effect().none();
        }
        queue.add(command, inHand.arrivedNanos());
        comeBackToFlush();
        return Effect().none();
    }

    private Effect<SpaceEvent, SpaceState> onVector(SpaceCommand.AttachVector command) {
        queue.add(command, inHand.arrivedNanos());
        if (!flushComing) {
            timers.startSingleTimer(new SpaceCommand.Flush(), VECTOR_PATIENCE);
        }
        return Effect().none();
    }

    private void comeBackToFlush() {
        if (!flushComing) {
            flushComing = true;
            context.getSelf().tell(new SpaceCommand.Flush());
        }
    }

    private Effect<SpaceEvent, SpaceState> onFlush(SpaceState state) {
        flushComing = false;
        Instant now = now(state);
        WriteQueue.Batch batch = queue.nextBatch(state, now);
        batch.atOnce().forEach(this::finish);
        if (!queue.isEmpty()) {
            comeBackToFlush();
        }
        if (batch.events().isEmpty()) {
            embedNext(state);
            return Effect().none();
        }
        // After the batch was decided: what was stored before is still answered as such while the disk is full.
        var refusal = environment.logs().refusal();
        if (refusal.isPresent()) {
            batch.afterwards().forEach(w -> onRefused(w.command(), refusal.get()));
            return Effect().none();
        }
        List<SpaceEvent> events = new ArrayList<>(batch.events().size() + 1);
        if (!state.isCreated()) {
            events.add(new SpaceEvent.Created(space.id(), space.incarnation(), space.createdAt()));
        }
        events.addAll(batch.events());
        inFlight.addAll(batch.afterwards());
        persistBegunNanos = System.nanoTime();
        commit = TracedCommit.begin(environment.figures().tracing(), space.persistenceId(), batch.afterwards());
        return Effect().persist(events).thenRun(this::onDurable);
    }

    /** Never before the log's last event, and the first one not before the space's own creation. */
    private Instant now(SpaceState state) {
        Instant now = state.nextTime(environment.clock().instant().truncatedTo(ChronoUnit.MICROS));
        return now.isBefore(space.createdAt()) ? space.createdAt() : now;
    }

    private void onRefused(SpaceCommand.Write command, EngramException reason) {
        if (command instanceof SpaceCommand.AttachVector) {
            vectors.refused(command.memoryId());
        } else {
            SpaceOpening.refuse(command, reason);
        }
    }

    private void onDurable(SpaceState state) {
        handle.ifPresent(h -> h.publish(state.view()));
        commit.done();
        inFlight.forEach(this::finish);
        environment.figures().committed(inFlight.size(), persistBegunNanos);
        inFlight.clear();
        embedNext(state);
    }

    private void finish(WriteQueue.Answered answered) {
        switch (answered.command()) {
            case SpaceCommand.Remember c -> answered.reply().ifPresent(c.replyTo()::tell);
            case SpaceCommand.Forget c -> answered.reply().ifPresent(c.replyTo()::tell);
            case SpaceCommand.AttachVector c -> vectors.attached(c.memoryId());
        }
    }

    private Effect<SpaceEvent, SpaceState> onEmbeddingFailed(SpaceCommand.EmbeddingFailed failed) {
        vectors.failed(failed);
        if (!failed.retry()) {
            warn().log(
                            "memory {} could not be embedded; it is found by its words only",
                            failed.memory().id());
        }
        return Effect().none();
    }

    private void embedNext(SpaceState state) {
        if (deletion.isEmpty()) {
            vectors.next(state);
        }
    }

    private Effect<SpaceEvent, SpaceState> onDelete(SpaceCommand.Delete command) {
        if (deletion.isPresent()) {
            SpaceOpening.refuse(command, EngramException.unavailable("the space is being deleted", RETRY_AFTER));
            return Effect().none();
        }
        deletion = Optional.of(command);
        ActorRef<DirectoryReply> replies =
                context.messageAdapter(DirectoryReply.class, SpaceCommand.DirectoryAnswered::new);
        environment
                .directory()
                .accept(new DirectoryCommand.Remove(
                        space.id(), space.incarnation(), context.getSelf(), replies, command.replyTo()));
        timers.startSingleTimer(SpaceCommand.DirectorySilent.TIMEOUT, DIRECTORY_TIMEOUT);
        return Effect().none();
    }

    private Effect<SpaceEvent, SpaceState> onDirectory(DirectoryReply reply) {
        if (deletion.isPresent()) {
            timers.cancel(SpaceCommand.DirectorySilent.TIMEOUT);
            if (reply instanceof DirectoryReply.Refused refused) {
                return onDeletionRefused(refused.reason());
            }
            handle.ifPresent(h -> environment.readers().close(space.id(), h));
            // The directory answers the client when the log is gone. Passivation keeps what comes meanwhile for the
            // space's next incarnation.
            shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
        }
        return Effect().none();
    }

    private Effect<SpaceEvent, SpaceState> onDeletionRefused(EngramException reason) {
        deletion.ifPresent(command -> SpaceOpening.refuse(command, reason));
        if (reason.kind() == EngramException.Kind.OUTCOME_UNKNOWN) {
            shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
        } else {
            deletion = Optional.empty();
        }
        return Effect().none();
    }

    private Effect<SpaceEvent, SpaceState> onDirectorySilent(String reason) {
        deletion.ifPresent(command -> SpaceOpening.refuse(
                command, EngramException.outcomeUnknown(reason + "; the space may be deleted or not")));
        // Whether the deletion was entered is not known, so this run of the space must not go on writing.
        shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
        return Effect().none();
    }

    private Effect<SpaceEvent, SpaceState> onStop() {
        if (queue.isEmpty() || deletion.isPresent()) {
            return Effect().stop();
        }
        comeBackToFlush();
        context.getSelf().tell(new SpaceCommand.Stop());
        return Effect().none();
    }
}
