package io.engram.embedding;

import io.engram.embedding.TextEncoder.Purpose;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.function.ToIntFunction;

/**
 * The embedding service's meters.
 *
 * <ul>
 *   <li>{@code engram.embedding.duration}: timer by {@code purpose}, the model's work on one text without waiting
 *   <li>{@code engram.embedding.queue.depth}: gauge by {@code purpose}, texts that wait
 *   <li>{@code engram.embedding.rejected}: counter by {@code purpose}, texts refused because a queue was full
 *   <li>{@code engram.embedding.failures}: counter, texts that the model failed on
 *   <li>{@code engram.embedding.cache.hits} and {@code .misses}: counters, cues that were at hand or had to be made
 * </ul>
 */
final class EmbeddingMetrics {
    private final Timer queryDuration;
    private final Timer passageDuration;
    private final Counter queriesRejected;
    private final Counter passagesRejected;
    private final Counter failures;
    private final Counter cacheHits;
    private final Counter cacheMisses;

    EmbeddingMetrics(MeterRegistry metrics, ToIntFunction<Purpose> waiting) {
        queryDuration = duration(metrics, Purpose.QUERY);
        passageDuration = duration(metrics, Purpose.PASSAGE);
        queriesRejected = rejected(metrics, Purpose.QUERY);
        passagesRejected = rejected(metrics, Purpose.PASSAGE);
        failures = counter(metrics, "engram.embedding.failures", "Texts that the model failed to embed");
        cacheHits = counter(metrics, "engram.embedding.cache.hits", "Search texts whose vector was at hand");
        cacheMisses = counter(metrics, "engram.embedding.cache.misses", "Search texts whose vector had to be made");
        for (var purpose : Purpose.values()) {
            Gauge.builder("engram.embedding.queue.depth", () -> waiting.applyAsInt(purpose))
                    .description("Texts that wait for the model")
                    .tag("purpose", label(purpose))
                    .register(metrics);
        }
    }

    private static Timer duration(MeterRegistry metrics, Purpose purpose) {
        return Timer.builder("engram.embedding.duration")
                .description("Time that the model takes for one text, without waiting")
                .tag("purpose", label(purpose))
                .serviceLevelObjectives(
                        Duration.ofMillis(5),
                        Duration.ofMillis(10),
                        Duration.ofMillis(25),
                        Duration.ofMillis(50),
                        Duration.ofMillis(100),
                        Duration.ofMillis(250),
                        Duration.ofSeconds(1))
                .register(metrics);
    }

    private static Counter rejected(MeterRegistry metrics, Purpose purpose) {
        return Counter.builder("engram.embedding.rejected")
                .description("Texts refused because the queue was full")
                .tag("purpose", label(purpose))
                .register(metrics);
    }

    private static Counter counter(MeterRegistry metrics, String name, String description) {
        return Counter.builder(name).description(description).register(metrics);
    }

    private static String label(Purpose purpose) {
        return purpose.name().toLowerCase(Locale.ROOT);
    }

    void embedded(Purpose purpose, Duration took) {
        switch (purpose) {
            case QUERY -> queryDuration.record(took);
            case PASSAGE -> passageDuration.record(took);
        }
    }

    void rejected(Purpose purpose) {
        switch (purpose) {
            case QUERY -> queriesRejected.increment();
            case PASSAGE -> passagesRejected.increment();
        }
    }

    void failed() {
        failures.increment();
    }

    void cacheHit() {
        cacheHits.increment();
    }

    void cacheMiss() {
        cacheMisses.increment();
    }
}
