package io.engram.snapshot;

/**
 * What a log adds up to, built event by event away from the actor that writes the log, so that an actor can begin with it.
 * For one thread at a time.
 */
public interface WarmState {
    /** Takes the next event. */
    void apply(Object event);

    /** What readers may be shown; what is applied later leaves it alone. */
    Object view();

    /**
     * Is told, before an actor gets it, how much of it is in no snapshot.
     *
     * @param events since the newest snapshot
     */
    void notInSnapshot(long events);

    /** Makes such states. */
    interface Kind {
        /** That of an empty log. */
        WarmState empty();

        /** @param snapshot what the log's {@link SnapshotDecoder} made; it is used up */
        WarmState of(Object snapshot);
    }
}
