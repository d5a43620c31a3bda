package io.engram.trace;

import io.micrometer.core.instrument.MeterRegistry;

/** Where a node begins its spans. No method blocks or throws; what cannot be recorded is left out and counted. */
public interface Tracing extends AutoCloseable {
    /** Nothing is recorded. */
    Tracing OFF = new Tracing() {
        private final LogTraces logs = new LogTraces();

        @Override
        public boolean isOn() {
            return false;
        }

        @Override
        public Span request(String name, TraceContext from, long begunNanos) {
            return Span.NONE;
        }

        @Override
        public Span begin(TraceContext above, String name, Kind kind) {
            return Span.NONE;
        }

        @Override
        public void stage(TraceContext above, String name, long begunNanos) {}

        @Override
        public LogTraces logs() {
            return logs;
        }

        @Override
        public void close() {}
    };

    /** On which side of a call a span is. */
    enum Kind {
        /** It answers a call from elsewhere. */
        SERVER,
        /** It calls another node and waits for the answer. */
        CLIENT,
        /** It is neither. */
        INTERNAL
    }

    /** Makes a node's tracing. */
    @FunctionalInterface
    interface Factory {
        /** Of a node that traces nothing. */
        Factory NONE = (_, _) -> OFF;

        /**
         * @param nodeId the node's name, which its spans carry
         * @param meters where it is counted what becomes of them
         */
        Tracing open(String nodeId, MeterRegistry meters);
    }

    /** Whether anything is ever recorded. */
    boolean isOn();

    /**
     * The span of a request of a client. Whether it is recorded was decided by whoever began the trace; if nobody did, it is
     * decided here, by chance.
     *
     * @param from what the request came with
     * @param begunNanos when it came, by {@link System#nanoTime()}
     * @return {@link Span#NONE} if it is not recorded
     */
    Span request(String name, TraceContext from, long begunNanos);

    /** A span that begins now; {@link Span#NONE} if the one above it is not recorded. */
    Span begin(TraceContext above, String name, Kind kind);

    /** A span that ends now, if the one above it is recorded. */
    void stage(TraceContext above, String name, long begunNanos);

    /** To which traces the logs' writes belong. */
    LogTraces logs();

    /** Sends what waits, for a short while, and ends. */
    @Override
    void close();
}
