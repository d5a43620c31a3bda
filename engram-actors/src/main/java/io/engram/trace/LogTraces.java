package io.engram.trace;

import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * To which traces the write belongs that a log has in hand. Between a space and its log lies a persistence that carries events
 * only, and a log has one write at a time; so the space says it here beforehand. May be used by any thread.
 */
public final class LogTraces {
    private final Map<String, List<TraceContext>> underWay = new ConcurrentHashMap<>();

    /** Before the write is handed over. */
    public void begin(String log, List<TraceContext> traces) {
        underWay.put(log, List.copyOf(traces));
    }

    /** Empty if nobody traces the write that is under way. */
    public List<TraceContext> of(String log) {
        return underWay.getOrDefault(log, List.of());
    }

    /** When the write is done, or will not be. */
    public void end(String log) {
        underWay.remove(log);
    }
}
