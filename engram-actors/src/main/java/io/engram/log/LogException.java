package io.engram.log;

import org.jspecify.annotations.Nullable;

/** What can go wrong with the log, each kind its own class so that callers can answer it by a {@code switch}. */
public abstract sealed class LogException extends RuntimeException
        permits LogOverloadedException,
                StaleWriterException,
                LogDamagedException,
                LogQuarantinedException,
                DamagedCellException,
                LogOutcomeUnknownException,
                LogFailedException,
                LogInUseException,
                LogClosedException,
                LogFullException,
                LogOpenException {
    LogException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
