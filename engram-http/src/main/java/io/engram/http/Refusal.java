package io.engram.http;

import io.engram.space.EngramException;
import java.io.Serial;
import java.time.Duration;
import java.util.Map;

/** A request that is not fulfilled, with the status, code and words of its answer. Carries no stack trace. */
final class Refusal extends RuntimeException {
    @Serial
    private static final long serialVersionUID = 1L;

    private final int status;
    private final String code;
    private final transient Map<String, String> headers;

    Refusal(int status, String code, String message, Map<String, String> headers) {
        super(message, null, false, false);
        this.status = status;
        this.code = code;
        this.headers = Map.copyOf(headers);
    }

    Refusal(int status, String code, String message) {
        this(status, code, message, Map.of());
    }

    /** The request cannot be read at all. */
    static Refusal badRequest(String message) {
        return new Refusal(400, "BAD_REQUEST", message);
    }

    /** A value breaks a rule. */
    static Refusal invalid(String message) {
        return new Refusal(400, "INVALID_MEMORY_INPUT", message);
    }

    /** A field is missing or of another type. */
    static Refusal unprocessable(String message) {
        return new Refusal(422, "MEMORY_VALIDATION_ERROR", message);
    }

    static Refusal noSuchMemory(String id) {
        return new Refusal(404, "MEMORY_NOT_FOUND", "there is no memory '" + id + "' in this space");
    }

    static Refusal notFound(String message) {
        return new Refusal(404, "RESOURCE_NOT_FOUND", message);
    }

    static Refusal tooLarge(String message) {
        return new Refusal(413, "PAYLOAD_TOO_LARGE", message);
    }

    static Refusal retryLater(int status, String code, String message, Duration after) {
        return new Refusal(status, code, message, Map.of("Retry-After", seconds(after)));
    }

    /** The answer to what the spaces refused. */
    static Refusal of(EngramException e) {
        var message = String.valueOf(e.getMessage());
        var after = e.retryAfter().orElse(Duration.ofSeconds(1));
        return switch (e.kind()) {
            case INVALID -> invalid(message);
            case NOT_FOUND -> new Refusal(404, "MEMORY_NOT_FOUND", message);
            case CONFLICT -> new Refusal(409, "MEMORY_CONFLICT", message);
            case TOO_LARGE -> tooLarge(message);
            case OVERLOADED -> retryLater(429, "TOO_MANY_REQUESTS", message, after);
            case UNAVAILABLE -> retryLater(503, "MEMORY_CLUSTER_UNAVAILABLE", message, after);
            case OUTCOME_UNKNOWN ->
                retryLater(
                        503,
                        "OUTCOME_UNKNOWN",
                        message + "; the same request with the same idempotency key or id finds out",
                        after);
            case STORAGE_FULL -> new Refusal(507, "INSUFFICIENT_STORAGE", message);
            case QUARANTINED -> new Refusal(503, "SPACE_QUARANTINED", message);
            case WRITES_STOPPED -> retryLater(503, "WRITES_STOPPED", message, after);
            case NOT_IMPLEMENTED -> new Refusal(501, "NOT_IMPLEMENTED", message);
        };
    }

    /**
     * Whether this counts as a request that the node failed. What a health check of its own speaks of does not: a client
     * that goes on asking for one damaged space says nothing about the others.
     */
    boolean isTheNodesFault() {
        return status >= 500
                && status != 501
                && !code.equals("INSUFFICIENT_STORAGE")
                && !code.equals("SPACE_QUARANTINED");
    }

    private static String seconds(Duration after) {
        return Long.toString(Math.max(1, (after.toMillis() + 999) / 1000));
    }

    int status() {
        return status;
    }

    String code() {
        return code;
    }

    Map<String, String> headers() {
        return headers;
    }

    String message() {
        return String.valueOf(getMessage());
    }
}
