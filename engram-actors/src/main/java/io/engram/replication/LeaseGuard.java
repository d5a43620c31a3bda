package io.engram.replication;

import org.jspecify.annotations.Nullable;

/**
 * The lease that a replica has given: until it ends, the replica promises nothing to anybody else, so that the holder may
 * answer reads without asking. It is counted from when it was given, on the replica's own clock.
 */
final class LeaseGuard {
    private @Nullable ReplicaId holder;
    private long untilMicros;

    /** After a restart nobody knows when the last lease was given; so one is assumed that was given just now. */
    void assume(ReplicaId primary, long nowMicros, long leaseMicros) {
        give(primary, nowMicros, leaseMicros);
    }

    void give(ReplicaId primary, long nowMicros, long leaseMicros) {
        if (!primary.equals(holder)) {
            untilMicros = 0;
        }
        holder = primary;
        untilMicros = Math.max(untilMicros, nowMicros + leaseMicros);
    }

    /** The holder has said that it relies on none any more. */
    void release() {
        holder = null;
    }

    boolean isHeldByAnother(ReplicaId primary, long nowMicros) {
        return holder != null && !holder.equals(primary) && nowMicros < untilMicros;
    }

    long untilMicros() {
        return holder == null ? 0 : untilMicros;
    }
}
