package io.engram.replication;

import java.util.Optional;

/** How a request ended. */
public sealed interface Outcome {
    /**
     * The entries have their places.
     *
     * @param first index of the first
     * @param last index of the last
     * @param committed whether they can no longer be lost with a minority; false only for {@link Level#PRIMARY}
     */
    record Stored(LogName log, long first, long last, boolean committed) implements Outcome {}

    /**
     * A reader may show this.
     *
     * @param log the space's log; empty if there is no such space
     * @param index the last index that may be shown
     */
    record Readable(Optional<LogName> log, long index) implements Outcome {}

    /** Nothing was done, and nothing will be. */
    record Refused(Reason reason) implements Outcome {}

    /** It may have happened, may still happen, or not. Ask again under the same idempotency key. */
    record Unknown(String why) implements Outcome {}

    /** Why something was refused. */
    enum Reason {
        /** This is not, or not yet, or no longer the active primary. */
        NOT_PRIMARY,
        /** The shard is changing its configuration and will go on soon. */
        CHANGING,
        /** Too much waits already. */
        BUSY,
        /** There is no such space. */
        NO_SUCH_SPACE,
        /** There is such a space already, or it is just being made or deleted. */
        EXISTS,
        /** The log does not end where the caller thinks: somebody else appended meanwhile. */
        STALE,
        /** It could not be confirmed in time. */
        TIMEOUT
    }
}
