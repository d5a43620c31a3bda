package io.engram.space;

import java.time.Instant;

/** What the directory's log holds. */
sealed interface DirectoryEvent {
    SpaceId space();

    /** The number of the space's log. */
    long incarnation();

    /** When; never before the directory's event before it. */
    Instant at();

    /** A space was created. */
    record Registered(SpaceId space, long incarnation, Instant at) implements DirectoryEvent {}

    /** A space was deleted; from here on it does not exist. */
    record Removed(SpaceId space, long incarnation, Instant at) implements DirectoryEvent {}

    /** A deleted space's log is gone from disk. */
    record Purged(SpaceId space, long incarnation, Instant at) implements DirectoryEvent {}
}
