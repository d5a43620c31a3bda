package io.engram.memory.planted;

import java.time.Instant;

/** Breaks a rule, to prove that it can be broken. */
final class EngineThatReadsTheClock {
    Instant now() {
        return Instant.now();
    }
}
