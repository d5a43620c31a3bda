package io.engram.space;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.PreRestart;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.apache.pekko.persistence.typed.JournalPersistFailed;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
import org.apache.pekko.persistence.typed.RecoveryFailed;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.Effect;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.apache.pekko.persistence.typed.javadsl.SignalHandler;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The directory of spaces: the one place that says which spaces exist, since when, and which log is theirs. {@link
 * SpaceOpening} asks it before a space's actor starts and has a space entered before the first write is acknowledged.
 *
 * <p>Deleting a space is durable once it is struck out here; its log is removed from disk after its actor has stopped,
 * and if the node goes down in between, the directory's next start sees to it. Like a space, the directory gathers what
 * arrives while a write is on its way into the next one.
 *
 * <p>Where its own log is damaged at the start, {@link DamagedDirectory} takes its place. If the damage is found later, what
 * it holds in memory was read while it was whole: it goes on telling which spaces there are, and takes no more changes.
 */
final class DirectoryActor extends EventSourcedBehavior<DirectoryCommand, DirectoryEvent, DirectoryState> {
    static final String PERSISTENCE_ID = "directory|0";

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryActor.class);
    private static final int SNAPSHOT_EVERY = 1_000;
    private static final int SNAPSHOTS_KEPT = 2;
    private static final EngramException CLOSING =
            EngramException.unavailable("the directory of spaces is restarting", Duration.ofSeconds(1));

    private final ActorContext<DirectoryCommand> context;
    private final InstantSource clock;
    private final SpaceLogs logs;
    private final SpaceQuarantine quarantine;
    private final InHand<DirectoryCommand> inHand;
    private final Map<SpaceId, List<ActorRef<DirectoryReply>>> toRegister = new LinkedHashMap<>();
    /** Whom the write that is on its way is for. */
    private final List<ActorRef<DirectoryReply>> inFlight = new ArrayList<>();

    private final Map<Long, List<ActorRef<SpaceReply>>> awaitingPurge = new HashMap<>();

    private DirectoryActor(
            ActorContext<DirectoryCommand> context,
            InstantSource clock,
            SpaceLogs logs,
            SpaceQuarantine quarantine,
            InHand<DirectoryCommand> inHand) {
        super(PersistenceId.ofUniqueId(PERSISTENCE_ID), InHand.HOLD_STILL);
        this.context = context;
        this.clock = clock;
        this.logs = logs;
        this.quarantine = quarantine;
        this.inHand = inHand;
    }

    static Behavior<DirectoryCommand> create(
            ActorRef<ClusterSharding.ShardCommand> shard,
            InstantSource clock,
            SpaceLogs logs,
            SpaceQuarantine quarantine) {
        return Behaviors.setup(context -> {
            var damage = quarantine.reason(PERSISTENCE_ID);
            if (damage.isPresent()) {
                return DamagedDirectory.create(logs, SpaceQuarantine.refusal(PERSISTENCE_ID, damage.get()));
            }
            var inHand = new InHand<>(
                    DirectoryCommand.class,
                    DirectoryActor::refuse,
                    DirectoryCommand.Stop.class::isInstance,
                    () -> shard.tell(new ClusterSharding.Passivate<>(context.getSelf())),
                    CLOSING);
            return Behaviors.intercept(() -> inHand, new DirectoryActor(context, clock, logs, quarantine, inHand));
        });
    }

    /** Tells whoever waits for an answer to {@code command} that there is none. */
    static void refuse(DirectoryCommand command, EngramException reason) {
        var refused = new DirectoryReply.Refused(reason);
        switch (command) {
            case DirectoryCommand.Lookup c -> c.replyTo().tell(refused);
            case DirectoryCommand.Register c -> c.replyTo().tell(refused);
            case DirectoryCommand.Remove c -> c.replyTo().tell(refused);
            case DirectoryCommand.ListAll c -> c.replyTo().tell(refused);
            case DirectoryCommand.RegisterGathered c -> {}
            case DirectoryCommand.Purge c -> {}
            case DirectoryCommand.Purged c -> {}
            case DirectoryCommand.LogsFound c -> {}
            case DirectoryCommand.Stop c -> {}
        }
    }

    @Override
    public DirectoryState emptyState() {
        return new DirectoryState();
    }

    @Override
    public EventHandler<DirectoryState, DirectoryEvent> eventHandler() {
        return DirectoryState::apply;
    }

    @Override
    public CommandHandler<DirectoryCommand, DirectoryEvent, DirectoryState> commandHandler() {
        return this::onCommand;
    }

    @Override
    public RetentionCriteria retentionCriteria() {
        return RetentionCriteria.snapshotEvery(SNAPSHOT_EVERY, SNAPSHOTS_KEPT);
    }

    @Override
    public SnapshotAdapter<DirectoryState> snapshotAdapter() {
        return new SnapshotAdapter<>() {
            @Override
            public Object toJournal(DirectoryState state) {
                return state.snapshot();
            }

            @Override
            public DirectoryState fromJournal(Object from) {
                return DirectoryState.restore((DirectoryState.Snapshot) from);
            }
        };
    }

    @Override
    public SignalHandler<DirectoryState> signalHandler() {
        return newSignalHandlerBuilder()
                .onSignal(
                        RecoveryCompleted.instance(),
                        state -> state.allAwaitingPurge()
                                .forEach(s ->
                                        context.getSelf().tell(new DirectoryCommand.Purge(s.id(), s.incarnation()))))
                .onSignal(RecoveryFailed.class, (state, failed) -> onUnreadable(failed.getFailure()))
                .onSignal(JournalPersistFailed.class, (state, failed) -> onNotWritten(failed.getFailure()))
                .onSignal(PreRestart.instance(), state -> onStopped())
                .onSignal(PostStop.instance(), state -> onStopped())
                .build();
    }

    private void onUnreadable(Throwable failure) {
        var reason = logs.afterFailedRead(failure);
        if (reason.kind() == EngramException.Kind.QUARANTINED) {
            quarantine.add(PERSISTENCE_ID, String.valueOf(reason.getMessage()));
            // The next start of this actor answers by the logs.
            inHand.giveUp(CLOSING);
        } else {
            LOG.error("the directory of spaces cannot be read from its log: {}", reason.getMessage());
            inHand.giveUp(reason);
        }
    }

    private void onNotWritten(Throwable failure) {
        var reason = logs.afterFailedWrite(failure);
        LOG.warn(
                "the directory of spaces could not write to its log and starts again from it: {}", reason.getMessage());
        // First this, so that the shard keeps what is asked next.
        inHand.giveUp(CLOSING);
        refuseInFlight(reason);
    }

    private void onStopped() {
        toRegister.values().forEach(inFlight::addAll);
        toRegister.clear();
        refuseInFlight(CLOSING);
        // Their spaces are struck out; the next start of this actor removes the logs.
        awaitingPurge.values().forEach(waiting -> waiting.forEach(w -> w.tell(new SpaceReply.Deleted())));
        awaitingPurge.clear();
    }

    private void refuseInFlight(EngramException reason) {
        inFlight.forEach(waiting -> waiting.tell(new DirectoryReply.Refused(reason)));
        inFlight.clear();
    }

    /** Why nothing can be entered now. */
    private Optional<EngramException> refusal() {
        return quarantine
                .reason(PERSISTENCE_ID)
                .map(reason -> SpaceQuarantine.refusal(PERSISTENCE_ID, reason))
                .or(logs::refusal);
    }

    private Instant now(DirectoryState state) {
        return state.nextTime(clock.instant().truncatedTo(ChronoUnit.MICROS));
    }

    private Effect<DirectoryEvent, DirectoryState> onCommand(DirectoryState state, DirectoryCommand command) {
        if (!inHand.begin(command)) {
            return Effect().none();
        }
        return switch (command) {
            case DirectoryCommand.Lookup c -> {
                c.replyTo()
                        .tell(state.find(c.space())
                                .<DirectoryReply>map(DirectoryReply.Exists::new)
                                .orElseGet(DirectoryReply.Absent::new));
                yield Effect().none();
            }
            case DirectoryCommand.ListAll c -> {
                c.replyTo().tell(new DirectoryReply.Listing(state.all()));
                yield Effect().none();
            }
            case DirectoryCommand.Register c -> onRegister(state, c);
            case DirectoryCommand.RegisterGathered c -> onRegisterGathered(state);
            case DirectoryCommand.Remove c -> onRemove(state, c);
            case DirectoryCommand.Purge c -> onPurge(state, c);
            case DirectoryCommand.Purged c -> onPurged(state, c);
            case DirectoryCommand.LogsFound c -> Effect().none();
            case DirectoryCommand.Stop c -> Effect().stop();
        };
    }

    private Effect<DirectoryEvent, DirectoryState> onRegister(DirectoryState state, DirectoryCommand.Register command) {
        var known = state.find(command.space());
        if (known.isPresent()) {
            command.replyTo().tell(new DirectoryReply.Exists(known.get()));
            return Effect().none();
        }
        if (toRegister.isEmpty()) {
            context.getSelf().tell(new DirectoryCommand.RegisterGathered());
        }
        toRegister.computeIfAbsent(command.space(), s -> new ArrayList<>()).add(command.replyTo());
        return Effect().none();
    }

    private Effect<DirectoryEvent, DirectoryState> onRegisterGathered(DirectoryState state) {
        Map<SpaceId, List<ActorRef<DirectoryReply>>> batch = new LinkedHashMap<>(toRegister);
        toRegister.clear();
        batch.values().forEach(inFlight::addAll);
        var refusal = refusal();
        if (refusal.isPresent()) {
            refuseInFlight(refusal.get());
            return Effect().none();
        }
        var now = now(state);
        List<DirectoryEvent> events = new ArrayList<>();
        for (SpaceId space : batch.keySet()) {
            events.add(new DirectoryEvent.Registered(space, state.incarnationAhead(events.size() + 1), now));
        }
        return Effect().persist(events).thenRun(after -> {
            inFlight.clear();
            batch.forEach((space, waiting) -> after.find(space)
                    .map(DirectoryReply.Exists::new)
                    .ifPresent(reply -> waiting.forEach(w -> w.tell(reply))));
        });
    }

    private Effect<DirectoryEvent, DirectoryState> onRemove(DirectoryState state, DirectoryCommand.Remove command) {
        boolean there = state.find(command.space())
                .map(s -> s.incarnation() == command.incarnation())
                .orElse(false);
        if (!there) {
            command.replyTo().tell(new DirectoryReply.Removed());
            command.client().tell(new SpaceReply.NotThere());
            return Effect().none();
        }
        var refusal = refusal();
        if (refusal.isPresent()) {
            command.replyTo().tell(new DirectoryReply.Refused(refusal.get()));
            return Effect().none();
        }
        inFlight.add(command.replyTo());
        var removed = new DirectoryEvent.Removed(command.space(), command.incarnation(), now(state));
        return Effect().persist(removed).thenRun(after -> {
            inFlight.clear();
            awaitingPurge
                    .computeIfAbsent(command.incarnation(), i -> new ArrayList<>())
                    .add(command.client());
            context.watchWith(command.actor(), new DirectoryCommand.Purge(command.space(), command.incarnation()));
            command.replyTo().tell(new DirectoryReply.Removed());
        });
    }

    private Effect<DirectoryEvent, DirectoryState> onPurge(DirectoryState state, DirectoryCommand.Purge command) {
        state.awaitingPurge(command.incarnation())
                .ifPresent(s -> context.pipeToSelf(
                        logs.drop(s.persistenceId()),
                        (done, failure) -> new DirectoryCommand.Purged(
                                s.id(), s.incarnation(), failure == null ? "" : failure.toString())));
        return Effect().none();
    }

    private Effect<DirectoryEvent, DirectoryState> onPurged(DirectoryState state, DirectoryCommand.Purged command) {
        List<ActorRef<SpaceReply>> waiting = awaitingPurge.getOrDefault(command.incarnation(), List.of());
        awaitingPurge.remove(command.incarnation());
        if (!command.failure().isEmpty()) {
            LOG.warn(
                    "space {} is deleted, but its log could not be removed from disk; the next start tries again: {}",
                    command.space(),
                    command.failure());
            waiting.forEach(w -> w.tell(new SpaceReply.Deleted()));
            return Effect().none();
        }
        state.awaitingPurge(command.incarnation()).ifPresent(s -> quarantine.remove(s.persistenceId()));
        if (refusal().isPresent()) {
            // It is gone; what is missing is the note that it is, and the next start finds nothing left to remove.
            waiting.forEach(w -> w.tell(new SpaceReply.Deleted()));
            return Effect().none();
        }
        var purged = new DirectoryEvent.Purged(command.space(), command.incarnation(), now(state));
        return Effect().persist(purged).thenRun(after -> waiting.forEach(w -> w.tell(new SpaceReply.Deleted())));
    }
}
