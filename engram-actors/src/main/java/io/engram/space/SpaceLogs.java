package io.engram.space;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * What the spaces of a node need to know of the logs below them, in the spaces' own words. All methods may be called by
 * any thread; none of them blocks, or touches the disk on the caller's thread.
 */
public interface SpaceLogs {

    /**
     * A log that may not be used.
     *
     * @param log its name, which is a persistence id
     * @param reason what is wrong with it, for people
     */
    record Damage(String log, String reason) {}

    /**
     * Why the next append to any log would be refused, if it would. It is asked before a space's actor hands events to its
     * journal: an actor whose journal fails has to stop.
     */
    Optional<EngramException> refusal();

    /** Why this log may not be used, if it may not. */
    Optional<String> damage(String log);

    /** All logs that may not be used. */
    List<Damage> damaged();

    /** Has a listener called, on another thread, for each log that is found damaged from now on. */
    void onDamage(Consumer<Damage> listener);

    /**
     * A log that is on the disk.
     *
     * @param since when its first entry was written that is still there, or one shortly before; empty if that cannot be told
     */
    record Kept(String log, Optional<Instant> since) {}

    /** The logs whose names begin with {@code prefix}. The disk is read meanwhile, by nobody who waits for messages. */
    CompletionStage<List<Kept>> kept(String prefix);

    /** Removes a log and its snapshots from disk, a damaged one, too. Doing it again does nothing. */
    CompletionStage<Void> drop(String log);

    /**
     * What a failed append means for those whose events were in it: a refusal if the log is known not to hold any of
     * them, else OUTCOME_UNKNOWN.
     */
    EngramException afterFailedWrite(Throwable failure);

    /** Why a log could not be read: QUARANTINED if its records are not what was written, else something that may pass. */
    EngramException afterFailedRead(Throwable failure);
}
