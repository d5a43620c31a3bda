package io.engram.journal;

import io.engram.log.LogChange;
import io.engram.trace.Span;
import io.engram.trace.Tracing;
import java.util.List;
import java.util.concurrent.CompletionStage;

/** Logs whose writes are spans of the traces that they belong to. */
public final class TracedLogs implements EventLogs {
    private final EventLogs logs;
    private final Tracing tracing;
    private final String write;

    private TracedLogs(EventLogs logs, Tracing tracing) {
        this.logs = logs;
        this.tracing = tracing;
        write = logs.areReplicated() ? "replicate" : "force";
    }

    /** The logs themselves if nothing is traced. */
    public static EventLogs around(EventLogs logs, Tracing tracing) {
        return tracing.isOn() ? new TracedLogs(logs, tracing) : logs;
    }

    @Override
    public CompletionStage<Void> append(String log, long first, List<LogChange.Content> events) {
        var traces = tracing.logs().of(log);
        if (traces.isEmpty()) {
            return logs.append(log, first, events);
        }
        var spans = traces.stream()
                .map(above -> tracing.begin(above, write, Tracing.Kind.INTERNAL))
                .toList();
        return logs.append(log, first, events).whenComplete((_, failure) -> {
            if (failure != null) {
                spans.forEach(span -> span.failed("log"));
            }
            spans.forEach(Span::end);
        });
    }

    @Override
    public CompletionStage<Void> truncateTo(String log, long index) {
        return logs.truncateTo(log, index);
    }

    @Override
    public CompletionStage<Long> last(String log) {
        return logs.last(log);
    }

    @Override
    public CompletionStage<Void> settle(String log, long index) {
        return logs.settle(log, index);
    }

    @Override
    public boolean areReplicated() {
        return logs.areReplicated();
    }

    @Override
    public void snapshotKept(String log, long index) {
        logs.snapshotKept(log, index);
    }
}
