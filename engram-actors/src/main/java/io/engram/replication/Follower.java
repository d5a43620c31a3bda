package io.engram.replication;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A member of the configuration, the primary's own copy included, as the primary sees it. */
final class Follower {
    /** A message with entries or commits that was not answered yet. */
    record Sent(long sentAt, long bytes, List<PrimaryLog> logs, List<PrimaryLog> told) {}

    final int ordinal;
    final ReplicaId id;
    final Backoff backoff;

    /** Whether it holds the epoch's start. Nothing else of it counts before. */
    boolean adopted;

    long askToAdoptAt;

    final Map<Long, Sent> inFlight = new LinkedHashMap<>();
    long inFlightBytes;
    /** Logs with entries that have to be sent. */
    final Set<PrimaryLog> toSend = new LinkedHashSet<>();
    /** Logs with entries that cannot be sent now; they are tried again after a while. */
    final Set<PrimaryLog> stalled = new LinkedHashSet<>();
    /** Logs whose commit index has to be told. */
    final Set<PrimaryLog> news = new LinkedHashSet<>();

    long newsSince = Long.MAX_VALUE;
    long retryStalledAt;
    long pausedUntil;

    /** The newest question after which it still stood by the epoch. */
    long confirmedRound;

    long leaseUntil;
    long heardAt;

    Follower(int ordinal, ReplicaId id, Backoff backoff) {
        this.ordinal = ordinal;
        this.id = id;
        this.backoff = backoff;
    }

    void sent(long round, Sent sent) {
        inFlight.put(round, sent);
        inFlightBytes += sent.bytes();
    }

    /** What the message with this round carried, if it is not answered yet. */
    List<Sent> answered(long round) {
        var sent = inFlight.remove(round);
        if (sent == null) {
            return List.of();
        }
        inFlightBytes -= sent.bytes();
        return List.of(sent);
    }

    /** All that is on its way, given up for lost. */
    List<Sent> lost() {
        var lost = new ArrayList<>(inFlight.values());
        inFlight.clear();
        inFlightBytes = 0;
        return lost;
    }

    long oldestSentAt() {
        return inFlight.isEmpty()
                ? Long.MAX_VALUE
                : inFlight.values().iterator().next().sentAt();
    }

    void forget(PrimaryLog log) {
        toSend.remove(log);
        stalled.remove(log);
        news.remove(log);
    }

    @Override
    public String toString() {
        return "%s%s to send %s, stalled %s, in flight %s"
                .formatted(id, adopted ? "" : " (not adopted)", toSend, stalled, inFlight.keySet());
    }
}
