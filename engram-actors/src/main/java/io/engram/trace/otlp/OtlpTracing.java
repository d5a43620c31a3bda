package io.engram.trace.otlp;

import io.engram.trace.LogTraces;
import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.MeterRegistry;
import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.common.Attributes;
import io.opentelemetry.api.metrics.MeterProvider;
import io.opentelemetry.api.trace.SpanContext;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.TraceFlags;
import io.opentelemetry.api.trace.TraceState;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.exporter.otlp.http.trace.OtlpHttpSpanExporter;
import io.opentelemetry.sdk.resources.Resource;
import io.opentelemetry.sdk.trace.SdkTracerProvider;
import io.opentelemetry.sdk.trace.export.SpanExporter;
import io.opentelemetry.sdk.trace.samplers.Sampler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Spans by OpenTelemetry's SDK. Whoever begins a trace decides whether it is recorded, which is passed on with it; for those
 * that begin here chance decides.
 */
public final class OtlpTracing implements Tracing {
    private static final TextMapGetter<TraceContext> HEADERS = new TextMapGetter<>() {
        @Override
        public @Nullable String get(@Nullable TraceContext carrier, String key) {
            if (carrier == null) {
                return null;
            }
            return key.equals(TraceContext.TRACEPARENT) ? carrier.traceparent() : carrier.state();
        }
    };

    private final SpanTime time = new SpanTime(System::nanoTime, System::currentTimeMillis);
    private final LogTraces logs = new LogTraces();
    private final SpanQueue queue;
    private final Tracer tracer;

    private OtlpTracing(SpanExporter exporter, OtlpSettings settings, String nodeId, MeterRegistry meters) {
        queue = new SpanQueue(exporter, settings, meters);
        var provider = SdkTracerProvider.builder()
                .setResource(Resource.getDefault().merge(Resource.create(node(settings, nodeId))))
                .setSampler(Sampler.parentBased(Sampler.traceIdRatioBased(settings.sampleRatio())))
                .setMeterProvider(MeterProvider::noop)
                .addSpanProcessor(queue)
                .build();
        tracer = provider.tracerBuilder("io.engram")
                .setInstrumentationVersion(settings.version())
                .build();
        queue.start();
    }

    private static Attributes node(OtlpSettings settings, String nodeId) {
        return Attributes.builder()
                .put(AttributeKey.stringKey("service.name"), settings.serviceName())
                .put(AttributeKey.stringKey("service.version"), settings.version())
                .put(AttributeKey.stringKey("service.instance.id"), nodeId)
                .build();
    }

    /** Sends to a collector. That need not be there. */
    public static OtlpTracing open(OtlpSettings settings, String nodeId, MeterRegistry meters) {
        LibraryLog.silence();
        var exporter = OtlpHttpSpanExporter.builder()
                .setEndpoint(settings.endpoint().toString())
                .setTimeout(settings.timeout())
                .setConnectTimeout(settings.timeout())
                .setRetryPolicy(null)
                .setMeterProvider(MeterProvider.noop())
                .build();
        return new OtlpTracing(exporter, settings, nodeId, meters);
    }

    /** Hands the spans to somebody else. */
    static OtlpTracing to(SpanExporter exporter, OtlpSettings settings, String nodeId, MeterRegistry meters) {
        return new OtlpTracing(exporter, settings, nodeId, meters);
    }

    @Override
    public boolean isOn() {
        return true;
    }

    @Override
    public Span request(String name, TraceContext from, long begunNanos) {
        if (from.isPresent() && !from.isRecorded()) {
            return Span.NONE;
        }
        time.follow();
        var above = from.isPresent()
                ? W3CTraceContextPropagator.getInstance().extract(Context.root(), from, HEADERS)
                : Context.root();
        return begin(above, from.state(), name, SpanKind.SERVER, begunNanos);
    }

    @Override
    public Span begin(TraceContext above, String name, Kind kind) {
        return above.isRecorded()
                ? begin(under(above, kind), above.state(), name, kind(kind), System.nanoTime())
                : Span.NONE;
    }

    @Override
    public void stage(TraceContext above, String name, long begunNanos) {
        if (above.isRecorded()) {
            begin(under(above, Kind.INTERNAL), above.state(), name, SpanKind.INTERNAL, begunNanos)
                    .end();
        }
    }

    private Span begin(Context above, String state, String name, SpanKind kind, long begunNanos) {
        var span = tracer.spanBuilder(name)
                .setParent(above)
                .setSpanKind(kind)
                .setStartTimestamp(time.of(begunNanos), TimeUnit.NANOSECONDS)
                .startSpan();
        var own = span.getSpanContext();
        return own.isSampled()
                ? new OtlpSpan(span, new TraceContext(own.getTraceId(), own.getSpanId(), true, state), time)
                : Span.NONE;
    }

    /** Only a server's span has its parent elsewhere. */
    private static Context under(TraceContext above, Kind kind) {
        var state = above.state().isEmpty() ? TraceState.getDefault() : state(above);
        var parent = kind == Kind.SERVER
                ? SpanContext.createFromRemoteParent(above.traceId(), above.spanId(), TraceFlags.getSampled(), state)
                : SpanContext.create(above.traceId(), above.spanId(), TraceFlags.getSampled(), state);
        return Context.root().with(io.opentelemetry.api.trace.Span.wrap(parent));
    }

    private static TraceState state(TraceContext above) {
        var read = W3CTraceContextPropagator.getInstance().extract(Context.root(), above, HEADERS);
        return io.opentelemetry.api.trace.Span.fromContext(read)
                .getSpanContext()
                .getTraceState();
    }

    private static SpanKind kind(Kind kind) {
        return switch (kind) {
            case SERVER -> SpanKind.SERVER;
            case CLIENT -> SpanKind.CLIENT;
            case INTERNAL -> SpanKind.INTERNAL;
        };
    }

    @Override
    public LogTraces logs() {
        return logs;
    }

    @Override
    public void close() {
        queue.close();
    }
}
