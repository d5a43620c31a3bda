package io.engram.replication;

/**
 * Something that the protocol rules out has happened: a bug, a disk that lies, or two nodes with one identity. The shard must
 * not go on on this node; nothing was changed because of it.
 */
public final class ProtocolViolationException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    public ProtocolViolationException(String message) {
        super(message);
    }
}
