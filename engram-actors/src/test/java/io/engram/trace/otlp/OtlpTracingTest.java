package io.engram.trace.otlp;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.sdk.common.CompletableResultCode;
import io.opentelemetry.sdk.trace.data.SpanData;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import java.net.URI;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class OtlpTracingTest {
    private static final TraceContext SENT =
            new TraceContext("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", true, "rojo=1");

    /** A collector in the test's own hand. */
    private static final class Exporter implements SpanExporter {
        final List<SpanData> spans = new CopyOnWriteArrayList<>();
        volatile CompletableResultCode answer = CompletableResultCode.ofSuccess();
        volatile CountDownLatch gate = new CountDownLatch(0);

        @Override
        public CompletableResultCode export(Collection<SpanData> batch) {
            try {
                gate.await(60, TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            spans.addAll(batch);
            return answer;
        }

        @Override
        public CompletableResultCode flush() {
            return CompletableResultCode.ofSuccess();
        }

        @Override
        public CompletableResultCode shutdown() {
            return CompletableResultCode.ofSuccess();
        }
    }

    private final Exporter exporter = new Exporter();
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Tracing tracing = Tracing.OFF;

    private Tracing open(double ratio, int queue, int batch) {
        tracing = OtlpTracing.to(
                exporter,
                new OtlpSettings(
                        URI.create("http://127.0.0.1:4318/v1/traces"),
                        ratio,
                        "engram",
                        "1",
                        queue,
                        batch,
                        Duration.ofMillis(10),
                        Duration.ofSeconds(60)),
                "node-1",
                meters);
        return tracing;
    }

    @AfterEach
    void close() {
        exporter.gate.countDown();
        tracing.close();
    }

    private double count(String outcome) {
        return meters.get("engram_tracing_spans_total")
                .tag("outcome", outcome)
                .counter()
                .count();
    }

    private void awaitCount(String outcome, double count) {
        await().atMost(Duration.ofSeconds(60)).until(() -> count(outcome) == count);
    }

    @Test
    void spans_hang_on_each_other_and_on_the_one_that_the_request_came_with() {
        open(0, 100, 10);
        var begun = System.nanoTime();
        var request = tracing.request("GET /here", SENT, begun);
        request.with(Span.SPACE, "tenant").with("http.response.status_code", 500);
        tracing.stage(request.context(), "queue", begun);
        var asking = tracing.begin(request.context(), "asking", Tracing.Kind.CLIENT);
        var answering = tracing.begin(asking.context(), "answering", Tracing.Kind.SERVER);
        answering.end();
        asking.end();
        request.failed("500");
        request.end();
        awaitCount("exported", 4);
        assertThat(exporter.spans)
                .extracting(SpanData::getName)
                .containsExactly("queue", "answering", "asking", "GET /here");
        assertThat(exporter.spans).allSatisfy(span -> {
            assertThat(span.getTraceId()).isEqualTo(SENT.traceId());
            assertThat(span.getSpanContext().getTraceState().get("rojo")).isEqualTo("1");
            assertThat(span.getResource().getAttribute(AttributeKey.stringKey("service.instance.id")))
                    .isEqualTo("node-1");
            assertThat(span.getResource().getAttribute(AttributeKey.stringKey("service.name")))
                    .isEqualTo("engram");
            assertThat(span.getStartEpochNanos()).isLessThanOrEqualTo(span.getEndEpochNanos());
        });
        var queue = exporter.spans.get(0);
        var answered = exporter.spans.get(1);
        var asked = exporter.spans.get(2);
        var root = exporter.spans.get(3);
        assertThat(root.getParentSpanId()).isEqualTo(SENT.spanId());
        assertThat(root.getParentSpanContext().isRemote()).isTrue();
        assertThat(root.getKind()).isEqualTo(SpanKind.SERVER);
        assertThat(root.getStatus().getStatusCode()).isEqualTo(StatusCode.ERROR);
        assertThat(root.getAttributes().get(AttributeKey.stringKey("engram.space")))
                .isEqualTo("tenant");
        assertThat(root.getAttributes().get(AttributeKey.stringKey("error.type")))
                .isEqualTo("500");
        assertThat(queue.getParentSpanId()).isEqualTo(root.getSpanId());
        assertThat(queue.getStartEpochNanos()).isEqualTo(root.getStartEpochNanos());
        assertThat(queue.getEndEpochNanos()).isLessThanOrEqualTo(root.getEndEpochNanos());
        assertThat(asked.getParentSpanId()).isEqualTo(root.getSpanId());
        assertThat(answered.getParentSpanId()).isEqualTo(asked.getSpanId());
    }

    @Test
    void whoever_begins_a_trace_decides_whether_it_is_recorded() {
        open(1, 100, 10);
        var unwanted = new TraceContext(SENT.traceId(), SENT.spanId(), false, "");
        assertThat(tracing.request("a", unwanted, System.nanoTime()).isRecorded())
                .isFalse();
        assertThat(tracing.begin(unwanted, "b", Tracing.Kind.SERVER)).isSameAs(Span.NONE);
        assertThat(tracing.begin(TraceContext.NONE, "c", Tracing.Kind.INTERNAL)).isSameAs(Span.NONE);
        assertThat(tracing.request("d", TraceContext.NONE, System.nanoTime()).isRecorded())
                .isTrue();
        close();
        open(0, 100, 10);
        assertThat(tracing.request("e", TraceContext.NONE, System.nanoTime())).isSameAs(Span.NONE);
        assertThat(tracing.request("f", SENT, System.nanoTime()).isRecorded()).isTrue();
    }

    @Test
    void chance_takes_about_the_part_that_is_asked_for() {
        open(0.25, 1, 1);
        var recorded = 0;
        for (var i = 0; i < 10_000; i++) {
            recorded += tracing.request("a", TraceContext.NONE, 0).isRecorded() ? 1 : 0;
        }
        assertThat(recorded).isBetween(2_000, 3_000);
    }

    @Test
    void while_nobody_takes_them_spans_wait_up_to_a_bound_and_are_dropped_beyond_it() {
        exporter.gate = new CountDownLatch(1);
        open(1, 5, 2);
        for (var i = 0; i < 100; i++) {
            tracing.request("a" + i, TraceContext.NONE, System.nanoTime()).end();
        }
        assertThat(count("dropped")).as("5 wait, 2 or fewer are in hand").isBetween(93.0, 95.0);
        assertThat(meters.get("engram_tracing_spans_waiting").gauge().value()).isLessThanOrEqualTo(5);
        exporter.gate.countDown();
        awaitCount("exported", 100 - count("dropped"));
        assertThat(exporter.spans).hasSize(100 - (int) count("dropped"));
    }

    @Test
    void what_the_collector_does_not_take_is_counted_and_later_ones_are_sent() {
        exporter.answer = CompletableResultCode.ofExceptionalFailure(new IllegalStateException("away"));
        open(1, 10, 2);
        tracing.request("lost", TraceContext.NONE, System.nanoTime()).end();
        awaitCount("failed", 1);
        exporter.answer = CompletableResultCode.ofSuccess();
        tracing.request("sent", TraceContext.NONE, System.nanoTime()).end();
        awaitCount("exported", 1);
        assertThat(count("dropped")).isZero();
    }

    @Test
    void a_span_ends_once() {
        open(1, 10, 1);
        var span = tracing.request("a", TraceContext.NONE, System.nanoTime());
        span.end();
        span.failed("late");
        span.end();
        tracing.close();
        assertThat(exporter.spans).hasSize(1);
        assertThat(count("exported")).isEqualTo(1);
    }

    @Test
    void what_waits_is_sent_before_the_end_and_what_comes_after_it_is_dropped() {
        open(1, 10, 10);
        var late = tracing.request("late", TraceContext.NONE, System.nanoTime());
        tracing.request("early", TraceContext.NONE, System.nanoTime()).end();
        tracing.close();
        late.end();
        assertThat(exporter.spans).extracting(SpanData::getName).containsExactly("early");
        assertThat(count("dropped")).isEqualTo(1);
    }

    @Test
    void a_clock_that_is_set_is_followed_and_one_that_drifts_is_not() {
        var nanos = new AtomicLong(500);
        var millis = new AtomicLong(1_000);
        var time = new SpanTime(nanos::get, millis::get);
        assertThat(time.now()).isEqualTo(1_000_000_000);
        nanos.addAndGet(TimeUnit.SECONDS.toNanos(1));
        millis.addAndGet(1_005);
        time.follow();
        assertThat(time.now()).isEqualTo(2_000_000_000);
        millis.addAndGet(60_000);
        assertThat(time.now()).isEqualTo(2_000_000_000);
        time.follow();
        assertThat(time.now()).isEqualTo(62_005_000_000L);
        assertThat(time.of(500)).isEqualTo(61_005_000_000L);
    }
}
