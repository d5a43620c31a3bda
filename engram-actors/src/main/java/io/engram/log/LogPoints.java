package io.engram.log;

import io.engram.log.format.Entry;
import io.engram.log.format.LogPoint;
import java.util.Optional;

/** Finds the point at an index. */
final class LogPoints {
    private LogPoints() {}

    /** Of a log that does not exist. */
    static Optional<LogPoint> atStart(long index) {
        return index == 0 ? Optional.of(LogPoint.START) : Optional.empty();
    }

    static Optional<LogPoint> at(OrderedStore store, LogHandle handle, long index) {
        var state = handle.published();
        if (index == state.last().index()) {
            return Optional.of(state.last());
        }
        if (index == state.base().index()) {
            return Optional.of(state.base());
        }
        if (index < state.base().index() || index > state.last().index()) {
            return Optional.empty();
        }
        return Optional.ofNullable(EntryScan.entry(store, handle, index)).map(Entry::point);
    }
}
