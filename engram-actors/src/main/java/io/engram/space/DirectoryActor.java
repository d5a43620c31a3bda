package io.engram.space;

import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.function.Function;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.RecoveryCompleted;
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
 */
final class DirectoryActor extends EventSourcedBehavior<DirectoryCommand, DirectoryEvent, DirectoryState> {
    static final String PERSISTENCE_ID = "directory|0";

    private static final Logger LOG = LoggerFactory.getLogger(DirectoryActor.class);
    private static final int SNAPSHOT_EVERY = 1_000;
    private static final int SNAPSHOTS_KEPT = 2;

    private final ActorContext<DirectoryCommand> context;
    private final InstantSource clock;
    private final Function<String, CompletionStage<Void>> dropLog;
    private final Map<SpaceId, List<ActorRef<DirectoryReply>>> toRegister = new LinkedHashMap<>();
    private final Map<Long, List<ActorRef<SpaceReply>>> awaitingPurge = new HashMap<>();

    private DirectoryActor(
            ActorContext<DirectoryCommand> context,
            InstantSource clock,
            Function<String, CompletionStage<Void>> dropLog) {
        super(PersistenceId.ofUniqueId(PERSISTENCE_ID));
        this.context = context;
        this.clock = clock;
        this.dropLog = dropLog;
    }

    /**
     * @param dropLog removes a log and its snapshots from disk, given its persistence id
     */
    static Behavior<DirectoryCommand> create(InstantSource clock, Function<String, CompletionStage<Void>> dropLog) {
        return Behaviors.setup(context -> new DirectoryActor(context, clock, dropLog));
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
                .build();
    }

    private Effect<DirectoryEvent, DirectoryState> onCommand(DirectoryState state, DirectoryCommand command) {
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
        var now = clock.instant().truncatedTo(ChronoUnit.MICROS);
        Map<SpaceId, List<ActorRef<DirectoryReply>>> batch = new LinkedHashMap<>(toRegister);
        toRegister.clear();
        List<DirectoryEvent> events = new ArrayList<>();
        for (SpaceId space : batch.keySet()) {
            events.add(new DirectoryEvent.Registered(space, state.incarnationAhead(events.size() + 1), now));
        }
        return Effect()
                .persist(events)
                .thenRun(after -> batch.forEach((space, waiting) -> after.find(space)
                        .map(DirectoryReply.Exists::new)
                        .ifPresent(reply -> waiting.forEach(w -> w.tell(reply)))));
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
        var removed = new DirectoryEvent.Removed(
                command.space(), command.incarnation(), clock.instant().truncatedTo(ChronoUnit.MICROS));
        return Effect().persist(removed).thenRun(after -> {
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
                        dropLog.apply(s.persistenceId()),
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
        var purged = new DirectoryEvent.Purged(
                command.space(), command.incarnation(), clock.instant().truncatedTo(ChronoUnit.MICROS));
        return Effect().persist(purged).thenRun(after -> waiting.forEach(w -> w.tell(new SpaceReply.Deleted())));
    }
}
