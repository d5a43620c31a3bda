package io.engram.space;

import io.engram.trace.Span;
import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import java.util.List;

/** The spans of the writes that share a forced write, from its beginning to its end. Belongs to one space's actor. */
final class TracedCommit {
    static final TracedCommit NONE = new TracedCommit(Tracing.OFF, "", List.of());

    private final Tracing tracing;
    private final String log;
    private final List<Span> spans;

    private TracedCommit(Tracing tracing, String log, List<Span> spans) {
        this.tracing = tracing;
        this.log = log;
        this.spans = spans;
    }

    /** To be called before the events are handed to the log. */
    static TracedCommit begin(Tracing tracing, String log, List<WriteQueue.Answered> writes) {
        if (!tracing.isOn()) {
            return NONE;
        }
        var spans = writes.stream()
                .map(write -> write.command().trace())
                .filter(TraceContext::isRecorded)
                .map(above ->
                        tracing.begin(above, "commit", Tracing.Kind.INTERNAL).with(Span.BATCH_COMMANDS, writes.size()))
                .toList();
        if (spans.isEmpty()) {
            return NONE;
        }
        tracing.logs().begin(log, spans.stream().map(Span::context).toList());
        return new TracedCommit(tracing, log, spans);
    }

    void done() {
        if (!spans.isEmpty()) {
            tracing.logs().end(log);
            spans.forEach(Span::end);
        }
    }

    /** If it is not done: what becomes of it is not known here. */
    void lost() {
        spans.forEach(span -> span.failed("outcome_unknown"));
        done();
    }
}
