package io.engram.health;

import java.time.Duration;

/** How the times of answers are counted. It is the same at all doors, so that they can stand in one picture. */
public final class AnswerTimes {
    private static final Duration[] BOUNDS = {
        Duration.ofMillis(1),
        Duration.ofMillis(2),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(10)
    };

    private AnswerTimes() {}

    /** Bounds of a histogram, rising: dense where answers usually lie. */
    public static Duration[] bounds() {
        return BOUNDS.clone();
    }
}
