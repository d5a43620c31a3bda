package io.engram.replication;

import java.util.random.RandomGenerator;

/** Pauses between attempts that double from failure to failure, with jitter, so that those who fail together part. */
final class Backoff {
    private final long leastMicros;
    private final long mostMicros;
    private final RandomGenerator random;
    private int failures;

    Backoff(ReplicationSettings settings, RandomGenerator random) {
        leastMicros = settings.retryMicros();
        mostMicros = settings.maxRetryMicros();
        this.random = random;
    }

    /** The pause after one more failure: between half of the nominal one and one and a half of it. */
    long next() {
        var nominal = failures > 20 ? mostMicros : Math.min(mostMicros, leastMicros << failures);
        failures = Math.min(failures + 1, 30);
        return nominal / 2 + random.nextLong(nominal + 1);
    }

    void succeeded() {
        failures = 0;
    }
}
