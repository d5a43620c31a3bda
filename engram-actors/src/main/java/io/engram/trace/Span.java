package io.engram.trace;

/**
 * A piece of work in a trace, from its beginning until {@link #end}. Methods may be called by any thread; after the end they
 * do nothing. Attributes have the names of OpenTelemetry's semantic conventions where those have one, and {@code engram.*}
 * otherwise; none holds what a memory or a cue says.
 */
public interface Span {
    /** The name of a space. */
    String SPACE = "engram.space";
    /** What is done to it, such as {@code remember}. */
    String OPERATION = "engram.operation";
    /** By what the request is found in the logs. */
    String REQUEST_ID = "engram.request.id";
    /** How many commands share a forced write. */
    String BATCH_COMMANDS = "engram.batch.commands";

    /** Work that is not recorded. */
    Span NONE = new Span() {
        @Override
        public boolean isRecorded() {
            return false;
        }

        @Override
        public TraceContext context() {
            return TraceContext.NONE;
        }

        @Override
        public Span with(String attribute, String value) {
            return this;
        }

        @Override
        public Span with(String attribute, long value) {
            return this;
        }

        @Override
        public void failed(String type) {}

        @Override
        public void end() {}
    };

    /** Whether anything comes of it; attributes that cost something need not be made otherwise. */
    boolean isRecorded();

    /** By what others hang theirs on it. */
    TraceContext context();

    Span with(String attribute, String value);

    Span with(String attribute, long value);

    /**
     * It did not go well.
     *
     * @param type the kind of failure, one of few: it becomes the attribute {@code error.type}
     */
    void failed(String type);

    /** It is over. Only the first call counts. */
    void end();
}
