package io.engram.trace.otlp;

import java.net.URI;
import java.time.Duration;

/**
 * How spans are recorded and where they go.
 *
 * @param endpoint where a collector takes OTLP over HTTP, with its path
 * @param sampleRatio of the requests that come with no trace, which part is recorded; 0 to 1
 * @param serviceName what the spans say they are of
 * @param version of Engram, for people
 * @param queueSpans so many ended spans may wait to be sent, at least {@code batchSpans}; what is more is dropped
 * @param batchSpans so many are sent at a time, 1 or more
 * @param interval so long they wait for others to be sent with
 * @param timeout how long the collector may take for one batch
 */
public record OtlpSettings(
        URI endpoint,
        double sampleRatio,
        String serviceName,
        String version,
        int queueSpans,
        int batchSpans,
        Duration interval,
        Duration timeout) {
    public OtlpSettings {
        if (!(sampleRatio >= 0 && sampleRatio <= 1)) {
            throw new IllegalArgumentException("a sample ratio of " + sampleRatio);
        }
        if (batchSpans < 1 || queueSpans < batchSpans) {
            throw new IllegalArgumentException(
                    "a queue of %d spans and batches of %d".formatted(queueSpans, batchSpans));
        }
    }
}
