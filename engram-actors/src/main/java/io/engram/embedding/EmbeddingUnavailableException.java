package io.engram.embedding;

/** No vector can be had now; the message says why, for people. Carries no stack trace. */
public final class EmbeddingUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public EmbeddingUnavailableException(String message) {
        super(message, null, false, false);
    }
}
