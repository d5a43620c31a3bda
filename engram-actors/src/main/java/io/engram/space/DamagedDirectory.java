package io.engram.space;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.StashBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Stands in for the directory of spaces while that one's log is damaged: it tells the spaces that have a log, so that one
 * damaged log does not take all spaces along. Nothing is entered and nothing struck out, and of a space without a log it
 * does not say that there is none: it may have been made and never written to.
 *
 * <p>A space whose deletion was under way when the node went down may be told here, too, since the directory alone knew
 * of that. Nobody had been told that it was deleted.
 */
final class DamagedDirectory {
    private static final Logger LOG = LoggerFactory.getLogger(DamagedDirectory.class);
    private static final int MOST_WAITING = 10_000;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final EngramException reason;
    private final StashBuffer<DirectoryCommand> stash;

    private DamagedDirectory(EngramException reason, StashBuffer<DirectoryCommand> stash) {
        this.reason = reason;
        this.stash = stash;
    }

    static Behavior<DirectoryCommand> create(SpaceLogs logs, EngramException reason) {
        return Behaviors.setup(context ->
                Behaviors.withStash(MOST_WAITING, stash -> new DamagedDirectory(reason, stash).find(context, logs)));
    }

    private Behavior<DirectoryCommand> find(ActorContext<DirectoryCommand> context, SpaceLogs logs) {
        context.pipeToSelf(
                logs.kept(SpaceRecord.PREFIX),
                (found, failure) -> failure == null
                        ? new DirectoryCommand.LogsFound(found, Optional.empty())
                        : new DirectoryCommand.LogsFound(List.of(), Optional.of(failure.toString())));
        return Behaviors.receiveMessage(command -> switch (command) {
            case DirectoryCommand.LogsFound found -> stash.unstashAll(found(found));
            case DirectoryCommand.Stop stop -> {
                stash.forEach(waiting -> DirectoryActor.refuse(waiting, reason));
                yield Behaviors.stopped();
            }
            default -> {
                if (stash.isFull()) {
                    DirectoryActor.refuse(
                            command,
                            EngramException.overloaded("too many requests wait for the directory", RETRY_AFTER));
                } else {
                    stash.stash(command);
                }
                yield Behaviors.same();
            }
        });
    }

    private Behavior<DirectoryCommand> found(DirectoryCommand.LogsFound found) {
        var spaces = SpacesByLogs.newest(found.logs());
        found.failure()
                .ifPresentOrElse(
                        failure -> LOG.error("the logs of the spaces cannot be found either: {}", failure),
                        () -> LOG.error(
                                "{} spaces are found by their logs and go on; none can be made or deleted until the"
                                        + " directory is made anew by engram validate data --repair",
                                spaces.size()));
        return telling(spaces, found.failure().isEmpty());
    }

    private Behavior<DirectoryCommand> telling(Map<SpaceId, SpaceRecord> spaces, boolean isKnown) {
        return Behaviors.receiveMessage(command -> {
            switch (command) {
                case DirectoryCommand.Stop stop -> {
                    return Behaviors.stopped();
                }
                case DirectoryCommand.Lookup c
                when spaces.get(c.space()) instanceof SpaceRecord space ->
                    c.replyTo().tell(new DirectoryReply.Exists(space));
                case DirectoryCommand.Register c
                when spaces.get(c.space()) instanceof SpaceRecord space ->
                    c.replyTo().tell(new DirectoryReply.Exists(space));
                case DirectoryCommand.ListAll c
                when isKnown -> c.replyTo().tell(new DirectoryReply.Listing(List.copyOf(spaces.values())));
                default -> DirectoryActor.refuse(command, reason);
            }
            return Behaviors.same();
        });
    }
}
