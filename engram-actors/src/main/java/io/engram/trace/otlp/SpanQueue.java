package io.engram.trace.otlp;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.context.Context;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.ReadWriteSpan;
import io.opentelemetry.sdk.trace.ReadableSpan;
import io.opentelemetry.sdk.trace.SpanProcessor;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The ended spans that wait to be sent, and the one thread that sends them, a batch at a time. Who ends a span never waits:
 * when the queue is full the span is dropped. What became of each is counted, and while some are lost the log says so once a
 * minute. A batch that the collector did not take is not sent again, since what comes after it is of more use.
 */
final class SpanQueue implements SpanProcessor {
    private static final Logger LOG = LoggerFactory.getLogger(SpanQueue.class);
    private static final Duration BETWEEN_WARNINGS = Duration.ofMinutes(1);
    /** How long a stopping node waits for its last spans to be sent. */
    private static final Duration LAST_WORD = Duration.ofSeconds(2);

    private final SpanExporter exporter;
    private final OtlpSettings settings;
    private final Counter exported;
    private final Counter dropped;
    private final Counter failed;
    private final ConcurrentLinkedQueue<ReadableSpan> waiting = new ConcurrentLinkedQueue<>();
    /** Kept beside the queue, which would have to be counted through. */
    private final AtomicInteger size = new AtomicInteger();

    private final Thread sender;
    private volatile boolean closing;
    private Optional<Long> warnedNanos = Optional.empty();
    private double lostWhenWarned;

    SpanQueue(SpanExporter exporter, OtlpSettings settings, MeterRegistry meters) {
        this.exporter = exporter;
        this.settings = settings;
        exported = counter(meters, "exported");
        dropped = counter(meters, "dropped");
        failed = counter(meters, "failed");
        Gauge.builder("engram_tracing_spans_waiting", size, AtomicInteger::get)
                .description("Spans that wait to be sent to the collector")
                .strongReference(true)
                .register(meters);
        sender = Thread.ofPlatform().daemon().name("engram-trace-export").unstarted(this::send);
    }

    private static Counter counter(MeterRegistry meters, String outcome) {
        return Counter.builder("engram_tracing_spans_total")
                .description("Spans by what became of them: taken by the collector; dropped because too many waited;"
                        + " or in a batch that the collector did not take")
                .tag("outcome", outcome)
                .register(meters);
    }

    void start() {
        sender.start();
    }

    @Override
    public void onStart(Context above, ReadWriteSpan span) {}

    @Override
    public boolean isStartRequired() {
        return false;
    }

    @Override
    public boolean isEndRequired() {
        return true;
    }

    @Override
    public void onEnd(ReadableSpan span) {
        if (!span.getSpanContext().isSampled()) {
            return;
        }
        var now = size.incrementAndGet();
        if (closing || now > settings.queueSpans()) {
            size.decrementAndGet();
            dropped.increment();
            return;
        }
        waiting.add(span);
        if (now == settings.batchSpans()) {
            LockSupport.unpark(sender);
        }
    }

    private void send() {
        while (true) {
            if (!closing && size.get() < settings.batchSpans()) {
                LockSupport.parkNanos(this, settings.interval().toNanos());
            }
            var batch = take();
            if (!batch.isEmpty()) {
                send(batch);
            } else if (closing) {
                return;
            }
            if (Thread.interrupted()) {
                return;
            }
            warn(Optional.empty());
        }
    }

    private List<SpanData> take() {
        var batch = new ArrayList<SpanData>();
        while (batch.size() < settings.batchSpans()) {
            var span = waiting.poll();
            if (span == null) {
                break;
            }
            size.decrementAndGet();
            batch.add(span.toSpanData());
        }
        return batch;
    }

    private void send(List<SpanData> batch) {
        Optional<String> reason;
        try {
            var result = exporter.export(batch).join(settings.timeout().toNanos(), TimeUnit.NANOSECONDS);
            reason = result.isSuccess() ? Optional.empty() : Optional.of(reason(result));
        } catch (RuntimeException e) {
            reason = Optional.of(e.toString());
        }
        if (reason.isEmpty()) {
            exported.increment(batch.size());
        } else {
            failed.increment(batch.size());
            warn(reason);
        }
    }

    private String reason(CompletableResultCode result) {
        var failure = Optional.ofNullable(result.getFailureThrowable());
        return result.isDone()
                ? failure.map(Throwable::toString).orElse("it refused them")
                : "no answer within %d ms".formatted(settings.timeout().toMillis());
    }

    /** Used by the sending thread alone. */
    private void warn(Optional<String> reason) {
        var lost = dropped.count() + failed.count();
        var now = System.nanoTime();
        if (lost > lostWhenWarned
                && warnedNanos
                        .filter(at -> now - at < BETWEEN_WARNINGS.toNanos())
                        .isEmpty()) {
            LOG.warn(
                    "{} spans of traces were lost, requests go on: {}",
                    (long) (lost - lostWhenWarned),
                    reason.map(why -> settings.endpoint() + " did not take them: " + why)
                            .orElse("more came than could be sent to " + settings.endpoint()));
            warnedNanos = Optional.of(now);
            lostWhenWarned = lost;
        }
    }

    /** Sends what waits, for a short while. */
    @Override
    public void close() {
        closing = true;
        LockSupport.unpark(sender);
        try {
            if (!sender.join(LAST_WORD)) {
                sender.interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        dropped.increment(size.getAndSet(0));
        waiting.clear();
        exporter.shutdown();
    }

    @Override
    public CompletableResultCode shutdown() {
        close();
        return CompletableResultCode.ofSuccess();
    }
}
