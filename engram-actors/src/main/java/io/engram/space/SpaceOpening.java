package io.engram.space;

import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.StashBuffer;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A space's actor before it knows whether the space exists. It asks the directory, and becomes the {@link SpaceActor}
 * of the log that the directory names. A space that does not exist is answered for here, so that a read or a stray
 * forget leaves nothing on disk; the first write has it registered. So is a space in quarantine, whose log is not even
 * opened: everything is refused with the reason, except that it may be deleted.
 */
final class SpaceOpening {
    private static final Duration DIRECTORY_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    /** An opening that lasts longer is worth a line in the log. */
    private static final Duration SLOW_RECOVERY = Duration.ofSeconds(1);

    private static final Logger LOG = LoggerFactory.getLogger(SpaceOpening.class);

    private final SpaceId space;
    private final ActorRef<ClusterSharding.ShardCommand> shard;
    private final SpaceEnvironment environment;
    private final TimerScheduler<SpaceCommand> timers;
    private final StashBuffer<SpaceCommand> stash;
    private final ActorContext<SpaceCommand> context;
    private final ActorRef<DirectoryReply> directoryReplies;
    /** Whether the directory was asked to enter the space, which it has said does not exist. */
    private boolean registering;

    private Optional<SpaceCommand.Delete> deletion = Optional.empty();

    private SpaceOpening(
            SpaceId space,
            ActorRef<ClusterSharding.ShardCommand> shard,
            SpaceEnvironment environment,
            ActorContext<SpaceCommand> context,
            TimerScheduler<SpaceCommand> timers,
            StashBuffer<SpaceCommand> stash) {
        this.space = space;
        this.shard = shard;
        this.environment = environment;
        this.timers = timers;
        this.stash = stash;
        this.context = context;
        this.directoryReplies = context.messageAdapter(DirectoryReply.class, SpaceCommand.DirectoryAnswered::new);
    }

    static Behavior<SpaceCommand> create(
            SpaceId space, ActorRef<ClusterSharding.ShardCommand> shard, SpaceEnvironment environment) {
        // Admission in front of the actor keeps the number of waiting commands below this.
        int capacity = 2 * environment.settings().writesInFlightPerSpace() + 1024;
        return Behaviors.setup(context -> Behaviors.withTimers(timers -> Behaviors.withStash(
                capacity, stash -> new SpaceOpening(space, shard, environment, context, timers, stash).lookUp())));
    }

    private Behavior<SpaceCommand> lookUp() {
        registering = false;
        environment.directory().accept(new DirectoryCommand.Lookup(space, directoryReplies));
        return awaitDirectory();
    }

    private Behavior<SpaceCommand> register() {
        registering = true;
        environment.directory().accept(new DirectoryCommand.Register(space, directoryReplies));
        return awaitDirectory();
    }

    private Behavior<SpaceCommand> awaitDirectory() {
        timers.startSingleTimer(SpaceCommand.DirectorySilent.TIMEOUT, DIRECTORY_TIMEOUT);
        return Behaviors.receiveMessage(this::whileWaiting);
    }

    private Behavior<SpaceCommand> whileWaiting(SpaceCommand message) {
        return switch (message) {
            case SpaceCommand.DirectoryAnswered answer -> {
                timers.cancelAll();
                yield switch (answer.reply()) {
                    case DirectoryReply.Exists found -> stash.unstashAll(found(found.space()));
                    case DirectoryReply.Absent absent -> stash.unstashAll(absent());
                    case DirectoryReply.Removed removed -> Behaviors.same();
                    case DirectoryReply.Listing listing -> Behaviors.same();
                    case DirectoryReply.Refused refused -> onRefused(refused.reason());
                };
            }
            case SpaceCommand.DirectorySilent silent ->
                onRefused(EngramException.unavailable(silent.reason(), RETRY_AFTER));
            case SpaceCommand.Stop stop -> {
                stash.forEach(
                        waiting -> refuse(waiting, EngramException.unavailable("the space is closing", RETRY_AFTER)));
                yield Behaviors.stopped();
            }
            default -> {
                if (stash.isFull()) {
                    refuse(message, EngramException.overloaded("too many requests wait for this space", RETRY_AFTER));
                } else {
                    stash.stash(message);
                }
                yield Behaviors.same();
            }
        };
    }

    private Behavior<SpaceCommand> onRefused(EngramException why) {
        // What was refused is the entry in the directory: of the requests themselves nothing can have happened.
        var reason = why.kind() == EngramException.Kind.OUTCOME_UNKNOWN
                ? EngramException.unavailable(String.valueOf(why.getMessage()), RETRY_AFTER)
                : why;
        boolean isAbsent = registering;
        stash.forEach(waiting -> {
            if (isAbsent && !(waiting instanceof SpaceCommand.Remember || waiting instanceof SpaceCommand.Create)) {
                answerAsAbsent(waiting);
            } else {
                refuse(waiting, reason);
            }
        });
        stash.clear();
        return isAbsent ? absent() : idle();
    }

    /** Nothing is known of the space; the next message has the directory asked again. */
    private Behavior<SpaceCommand> idle() {
        return Behaviors.receiveMessage(message -> {
            if (message instanceof SpaceCommand.Stop) {
                return Behaviors.stopped();
            }
            if (message instanceof SpaceCommand.DirectoryAnswered || message instanceof SpaceCommand.DirectorySilent) {
                return Behaviors.same();
            }
            stash.stash(message);
            return lookUp();
        });
    }

    private Behavior<SpaceCommand> found(SpaceRecord record) {
        return environment.quarantine().reason(record.persistenceId()).isPresent()
                ? Behaviors.receiveMessage(message -> inQuarantine(record, message))
                : SpaceActor.create(record, shard, environment);
    }

    private Behavior<SpaceCommand> inQuarantine(SpaceRecord record, SpaceCommand message) {
        switch (message) {
            case SpaceCommand.Stop c -> {
                return Behaviors.stopped();
            }
            case SpaceCommand.Delete c
            when deletion.isEmpty() -> {
                deletion = Optional.of(c);
                environment
                        .directory()
                        .accept(new DirectoryCommand.Remove(
                                space, record.incarnation(), context.getSelf(), directoryReplies, c.replyTo()));
                timers.startSingleTimer(SpaceCommand.DirectorySilent.TIMEOUT, DIRECTORY_TIMEOUT);
            }
            case SpaceCommand.DirectoryAnswered answer
            when deletion.isPresent() -> {
                timers.cancelAll();
                if (answer.reply() instanceof DirectoryReply.Refused refused) {
                    refuse(deletion.get(), refused.reason());
                    deletion = Optional.empty();
                } else {
                    // The directory answers the client when the log is gone.
                    shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
                }
            }
            case SpaceCommand.DirectorySilent silent
            when deletion.isPresent() -> {
                refuse(
                        deletion.get(),
                        EngramException.outcomeUnknown(silent.reason() + "; the space may be deleted or not"));
                shard.tell(new ClusterSharding.Passivate<>(context.getSelf()));
            }
            default -> {
                var reason = environment.quarantine().reason(record.persistenceId());
                if (deletion.isPresent()) {
                    refuse(message, EngramException.unavailable("the space is being deleted", RETRY_AFTER));
                } else if (reason.isPresent()) {
                    refuse(message, SpaceQuarantine.refusal(record.persistenceId(), reason.get()));
                } else {
                    stash.stash(message);
                    return lookUp();
                }
            }
        }
        return Behaviors.same();
    }

    private Behavior<SpaceCommand> absent() {
        return Behaviors.receiveMessage(message -> switch (message) {
            case SpaceCommand.Remember c -> {
                stash.stash(c);
                yield register();
            }
            case SpaceCommand.Create c -> {
                stash.stash(c);
                yield register();
            }
            case SpaceCommand.Stop c -> Behaviors.stopped();
            default -> {
                answerAsAbsent(message);
                yield Behaviors.same();
            }
        });
    }

    private static void answerAsAbsent(SpaceCommand command) {
        switch (command) {
            case SpaceCommand.Open c -> c.replyTo().tell(new SpaceReply.NotThere());
            case SpaceCommand.Delete c -> c.replyTo().tell(new SpaceReply.NotThere());
            default ->
                refuse(
                        command,
                        EngramException.notFound(
                                command instanceof SpaceCommand.Forget c
                                        ? "there is no memory '" + c.request().id() + "'"
                                        : "there is no such space"));
        }
    }

    /** Says so in the log if reading a space took long. */
    static void noteIfSlow(SpaceId space, Reigns reigns, long begunNanos, SpaceState state) {
        var took = Duration.ofNanos(System.nanoTime() - begunNanos);
        if (took.compareTo(SLOW_RECOVERY) >= 0) {
            SpaceRecords.about(LOG.atInfo(), space, reigns)
                    .log(
                            "the space was opened in {} ms: {} memories, {} events read after its snapshot",
                            took.toMillis(),
                            state.memories(),
                            state.eventsSinceSnapshot());
        }
    }

    /** Tells whoever waits for an answer to {@code command} that there is none; nothing was done. */
    static void refuse(SpaceCommand command, EngramException reason) {
        switch (command) {
            case SpaceCommand.Remember c -> c.replyTo().tell(new SpaceReply.Refused(reason));
            case SpaceCommand.Forget c -> c.replyTo().tell(new SpaceReply.Refused(reason));
            case SpaceCommand.Open c -> c.replyTo().tell(new SpaceReply.Refused(reason));
            case SpaceCommand.Create c -> c.replyTo().tell(new SpaceReply.Refused(reason));
            case SpaceCommand.Delete c -> c.replyTo().tell(new SpaceReply.Refused(reason));
            case SpaceCommand.AttachVector c -> {}
            case SpaceCommand.KeepAwake c -> {}
            case SpaceCommand.Stop c -> {}
            case SpaceCommand.Flush c -> {}
            case SpaceCommand.Damaged c -> {}
            case SpaceCommand.Lost c -> {}
            case SpaceCommand.EmbedNext c -> {}
            case SpaceCommand.EmbeddingFailed c -> {}
            case SpaceCommand.DirectoryAnswered c -> {}
            case SpaceCommand.DirectorySilent c -> {}
        }
    }
}
