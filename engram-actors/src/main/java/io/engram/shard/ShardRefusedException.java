package io.engram.shard;

import io.engram.replication.Outcome;

/** A shard did not do what it was asked, or cannot tell whether it did. */
public final class ShardRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient Outcome outcome;

    public ShardRefusedException(Outcome outcome) {
        super(text(outcome), null, false, false);
        this.outcome = outcome;
    }

    /** {@link Outcome.Refused}: nothing was done; {@link Outcome.Unknown}: nobody knows. */
    public Outcome outcome() {
        return outcome;
    }

    private static String text(Outcome outcome) {
        return switch (outcome) {
            case Outcome.Refused refused ->
                switch (refused.reason()) {
                    case NOT_PRIMARY -> "this node does not lead the space's shard";
                    case CHANGING -> "the space's shard is changing its configuration";
                    case BUSY -> "too much waits for the space's shard";
                    case NO_SUCH_SPACE -> "there is no such space";
                    case EXISTS -> "the space is being made or deleted";
                    case STALE -> "somebody else has written to the space meanwhile";
                    case TIMEOUT -> "the space's replicas did not confirm it in time";
                };
            case Outcome.Unknown unknown -> unknown.why();
            case Outcome.Stored _, Outcome.Readable _ -> "it was done";
        };
    }
}
