package io.engram.cluster;

/** This node cannot take part in the cluster as it is. The message is one line and says what to do. */
public final class ClusterRefusal extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public ClusterRefusal(String message) {
        super(message, null, false, false);
    }
}
