package io.engram.space;

import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/** What the directory of spaces is told. */
sealed interface DirectoryCommand {
    /** Is there such a space? */
    record Lookup(SpaceId space, ActorRef<DirectoryReply> replyTo) implements DirectoryCommand {}

    /** Enter the space unless it is there. */
    record Register(SpaceId space, ActorRef<DirectoryReply> replyTo) implements DirectoryCommand {}

    /**
     * Strike the space out. The reply goes to its actor once that is durable; {@code client} hears when its log is
     * gone from disk as well, which begins when {@code actor} has stopped.
     */
    record Remove(
            SpaceId space,
            long incarnation,
            ActorRef<SpaceCommand> actor,
            ActorRef<DirectoryReply> replyTo,
            ActorRef<SpaceReply> client)
            implements DirectoryCommand {}

    /** Enter the spaces that have gathered; the directory tells itself. */
    record RegisterGathered() implements DirectoryCommand {}

    /** All spaces. */
    record ListAll(ActorRef<DirectoryReply> replyTo) implements DirectoryCommand {}

    /** The removed space's actor has stopped, or there was none. */
    record Purge(SpaceId space, long incarnation) implements DirectoryCommand {}

    /** The removed space's log is gone, or why not. */
    record Purged(SpaceId space, long incarnation, String failure) implements DirectoryCommand {}

    /** The logs of spaces, or why they cannot be told; asked for while the directory's own is damaged. */
    record LogsFound(List<SpaceLogs.Kept> logs, Optional<String> failure) implements DirectoryCommand {}

    /** Sharding asks the directory to go. */
    record Stop() implements DirectoryCommand {}
}
