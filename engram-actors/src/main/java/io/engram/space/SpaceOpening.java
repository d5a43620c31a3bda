package io.engram.space;

import java.time.Duration;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.StashBuffer;
import org.apache.pekko.actor.typed.javadsl.TimerScheduler;
import org.apache.pekko.cluster.sharding.typed.javadsl.ClusterSharding;

/**
 * A space's actor before it knows whether the space exists. It asks the directory, and becomes the {@link SpaceActor}
 * of the log that the directory names. A space that does not exist is answered for here, so that a read or a stray
 * forget leaves nothing on disk; the first write has it registered.
 */
final class SpaceOpening {
    private static final Duration DIRECTORY_TIMEOUT = Duration.ofSeconds(5);
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final SpaceId space;
    private final ActorRef<ClusterSharding.ShardCommand> shard;
    private final SpaceEnvironment environment;
    private final TimerScheduler<SpaceCommand> timers;
    private final StashBuffer<SpaceCommand> stash;
    private final ActorRef<DirectoryReply> directoryReplies;

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
        environment.directory().accept(new DirectoryCommand.Lookup(space, directoryReplies));
        return awaitDirectory();
    }

    private Behavior<SpaceCommand> register() {
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
                    case DirectoryReply.Exists found ->
                        stash.unstashAll(SpaceActor.create(found.space(), shard, environment));
                    case DirectoryReply.Absent absent -> stash.unstashAll(absent());
                    case DirectoryReply.Removed removed -> Behaviors.same();
                    case DirectoryReply.Listing listing -> Behaviors.same();
                };
            }
            case SpaceCommand.DirectorySilent silent -> {
                var reason = EngramException.unavailable(silent.reason(), RETRY_AFTER);
                stash.forEach(waiting -> refuse(waiting, reason));
                yield Behaviors.stopped();
            }
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
            case SpaceCommand.Open c -> {
                c.replyTo().tell(new SpaceReply.NotThere());
                yield Behaviors.same();
            }
            case SpaceCommand.Delete c -> {
                c.replyTo().tell(new SpaceReply.NotThere());
                yield Behaviors.same();
            }
            case SpaceCommand.Forget c -> {
                refuse(
                        c,
                        EngramException.notFound(
                                "there is no memory '" + c.request().id() + "'"));
                yield Behaviors.same();
            }
            case SpaceCommand.Stop c -> Behaviors.stopped();
            case SpaceCommand.KeepAwake c -> Behaviors.same();
            case SpaceCommand.AttachVector c -> Behaviors.same();
            case SpaceCommand.Flush c -> Behaviors.same();
            case SpaceCommand.EmbedNext c -> Behaviors.same();
            case SpaceCommand.EmbeddingFailed c -> Behaviors.same();
            case SpaceCommand.DirectoryAnswered c -> Behaviors.same();
            case SpaceCommand.DirectorySilent c -> Behaviors.same();
        });
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
            case SpaceCommand.EmbedNext c -> {}
            case SpaceCommand.EmbeddingFailed c -> {}
            case SpaceCommand.DirectoryAnswered c -> {}
            case SpaceCommand.DirectorySilent c -> {}
        }
    }
}
