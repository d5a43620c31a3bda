package io.engram.space;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;

/** Counts the writes that are under way, by space and in all, and lets no more in than the limits say. */
final class Admission {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);

    private final int perSpace;
    private final int perNode;
    private final AtomicInteger inFlight = new AtomicInteger();
    private final ConcurrentHashMap<SpaceId, Integer> bySpace = new ConcurrentHashMap<>();

    Admission(int perSpace, int perNode) {
        this.perSpace = perSpace;
        this.perNode = perNode;
    }

    /** @throws EngramException of kind OVERLOADED when there is no room; then nothing is counted */
    void enter(SpaceId space) {
        if (inFlight.incrementAndGet() > perNode) {
            inFlight.decrementAndGet();
            throw EngramException.overloaded("this node has " + perNode + " writes in flight", RETRY_AFTER);
        }
        int now = bySpace.merge(space, 1, Integer::sum);
        if (now > perSpace) {
            leave(space);
            throw EngramException.overloaded(
                    "space '" + space + "' has " + perSpace + " writes in flight", RETRY_AFTER);
        }
    }

    void leave(SpaceId space) {
        bySpace.computeIfPresent(space, (s, n) -> n == 1 ? null : n - 1);
        inFlight.decrementAndGet();
    }

    /** The part of the writes that a space may have under way which is under way, 0 to 1. */
    double pressure(SpaceId space) {
        return Math.min(1.0, (double) bySpace.getOrDefault(space, 0) / perSpace);
    }

    int inFlight() {
        return inFlight.get();
    }
}
