package io.engram.trace.otlp;

import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.opentelemetry.api.trace.StatusCode;
import java.util.concurrent.TimeUnit;

/** A span that is recorded. */
final class OtlpSpan implements Span {
    private final io.opentelemetry.api.trace.Span span;
    private final TraceContext context;
    private final SpanTime time;

    OtlpSpan(io.opentelemetry.api.trace.Span span, TraceContext context, SpanTime time) {
        this.span = span;
        this.context = context;
        this.time = time;
    }

    @Override
    public boolean isRecorded() {
        return true;
    }

    @Override
    public TraceContext context() {
        return context;
    }

    @Override
    public Span with(String attribute, String value) {
        span.setAttribute(attribute, value);
        return this;
    }

    @Override
    public Span with(String attribute, long value) {
        span.setAttribute(attribute, value);
        return this;
    }

    @Override
    public void failed(String type) {
        span.setAttribute("error.type", type);
        span.setStatus(StatusCode.ERROR);
    }

    @Override
    public void end() {
        span.end(time.now(), TimeUnit.NANOSECONDS);
    }
}
