package io.engram.shard;

import io.engram.log.DamagedCellException;
import io.engram.log.LogClosedException;
import io.engram.log.LogDamagedException;
import io.engram.log.LogException;
import io.engram.log.LogFailedException;
import io.engram.log.LogFullException;
import io.engram.log.LogInUseException;
import io.engram.log.LogOpenException;
import io.engram.log.LogOutcomeUnknownException;
import io.engram.log.LogOverloadedException;
import io.engram.log.LogQuarantinedException;
import io.engram.log.StaleWriterException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** What it means that a forced write failed. */
public enum WriteFailure {
    /** Nothing has happened, and the store takes other writes: for {@link io.engram.replication.Shard#refused}. */
    REFUSED,
    /**
     * It may have happened or not. What the shards of the node believe to be on the disk is not known to be there, so that they
     * have to be built anew by a new process.
     */
    UNKNOWN,
    /** Nothing has happened, because the node is stopping. */
    CLOSED;

    /** @param failure that {@link io.engram.log.LogStore#write} threw, or with which its stage was completed */
    public static WriteFailure of(Throwable failure) {
        return switch (failure) {
            case CompletionException e when e.getCause() != null -> of(e.getCause());
            case ExecutionException e when e.getCause() != null -> of(e.getCause());
            case LogException e -> of(e);
            // What is refused before it is tried, such as a write that is larger than the store takes at all.
            case IllegalArgumentException _ -> REFUSED;
            default -> UNKNOWN;
        };
    }

    private static WriteFailure of(LogException failure) {
        return switch (failure) {
            case LogOverloadedException _,
                    LogFullException _,
                    LogQuarantinedException _,
                    LogDamagedException _,
                    StaleWriterException _ -> REFUSED;
            case LogClosedException _ -> CLOSED;
            case LogOutcomeUnknownException _,
                    LogFailedException _,
                    DamagedCellException _,
                    LogInUseException _,
                    LogOpenException _ -> UNKNOWN;
        };
    }
}
