package io.engram.space;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;

/** A request that was not fulfilled, with the reason in words for its sender. Carries no stack trace. */
public final class EngramException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** Why; each door maps it to its own status. */
    public enum Kind {
        /** The request breaks a rule. Nothing happened. */
        INVALID,
        /** What it names does not exist. */
        NOT_FOUND,
        /** It contradicts what is stored, such as another text under the same id. Nothing happened. */
        CONFLICT,
        /** It is larger than a configured limit. Nothing happened. */
        TOO_LARGE,
        /** A limit on concurrent work is reached. Nothing happened; try again. */
        OVERLOADED,
        /** The space cannot be served at the moment. Nothing happened; try again. */
        UNAVAILABLE,
        /** The answer is lost: it may or may not have happened. The same idempotency key finds out. */
        OUTCOME_UNKNOWN,
        /** The node's disk has no room for it. Nothing happened; it works again once there is room. */
        STORAGE_FULL,
        /** The space's log is damaged. Nothing happened, and trying again does not help. */
        QUARANTINED,
        /** The node's log has failed: it writes no more until it has been started again. Nothing happened. */
        WRITES_STOPPED,
        /** Not built yet. */
        NOT_IMPLEMENTED
    }

    private final Kind kind;
    private final Optional<Duration> retryAfter;

    public EngramException(Kind kind, String message, Optional<Duration> retryAfter) {
        super(message, null, false, false);
        this.kind = kind;
        this.retryAfter = retryAfter;
    }

    public static EngramException invalid(String message) {
        return new EngramException(Kind.INVALID, message, Optional.empty());
    }

    public static EngramException notFound(String message) {
        return new EngramException(Kind.NOT_FOUND, message, Optional.empty());
    }

    public static EngramException conflict(String message) {
        return new EngramException(Kind.CONFLICT, message, Optional.empty());
    }

    public static EngramException tooLarge(String message) {
        return new EngramException(Kind.TOO_LARGE, message, Optional.empty());
    }

    public static EngramException overloaded(String message, Duration retryAfter) {
        return new EngramException(Kind.OVERLOADED, message, Optional.of(retryAfter));
    }

    public static EngramException unavailable(String message, Duration retryAfter) {
        return new EngramException(Kind.UNAVAILABLE, message, Optional.of(retryAfter));
    }

    public static EngramException outcomeUnknown(String message) {
        return new EngramException(Kind.OUTCOME_UNKNOWN, message, Optional.of(Duration.ofSeconds(1)));
    }

    /** As above, where the node itself cannot find out any more: it has to be started again first. */
    public static EngramException outcomeUnknownUntilRestart(String message) {
        return new EngramException(Kind.OUTCOME_UNKNOWN, message, Optional.empty());
    }

    public static EngramException storageFull(String message) {
        return new EngramException(Kind.STORAGE_FULL, message, Optional.empty());
    }

    public static EngramException quarantined(String message) {
        return new EngramException(Kind.QUARANTINED, message, Optional.empty());
    }

    /** With the time after which a supervisor has most likely started the node again. */
    public static EngramException writesStopped(String message) {
        return new EngramException(Kind.WRITES_STOPPED, message, Optional.of(Duration.ofSeconds(5)));
    }

    public static EngramException notImplemented(String message) {
        return new EngramException(Kind.NOT_IMPLEMENTED, message, Optional.empty());
    }

    /** The failure that was meant, without the wrappings that stages and futures put around it. */
    public static Throwable reasonOf(Throwable failure) {
        Throwable inner = failure;
        while ((inner instanceof CompletionException || inner instanceof ExecutionException)
                && inner.getCause() != null) {
            inner = inner.getCause();
        }
        return inner;
    }

    public Kind kind() {
        return kind;
    }

    /** How long to wait before trying again, where that makes sense. */
    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    @Override
    public String toString() {
        return kind + ": " + getMessage();
    }
}
