package io.engram.peer;

/** Another node could not be asked, or did not answer, or refused. */
public final class PeerException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final boolean notSent;

    /** @param notSent whether the other one has certainly not begun on it */
    public PeerException(String message, boolean notSent) {
        super(message, null, false, false);
        this.notSent = notSent;
    }

    /** Whether the other one has certainly not begun on what it was asked. */
    public boolean isNotSent() {
        return notSent;
    }
}
