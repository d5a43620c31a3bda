package io.engram.log;

import java.util.List;
import java.util.concurrent.CompletableFuture;

/** What waits for the writer. Each holds a pin on its log's handle, which the writer gives back. */
sealed interface LogRequest {
    LogHandle handle();

    CompletableFuture<?> result();

    /** How many records it adds to a batch. */
    default int records() {
        return 0;
    }

    /** How many bytes it adds to a batch. */
    default long bytes() {
        return 0;
    }

    /** Records that are encoded already. */
    record Append(LogHandle handle, long first, List<byte[]> values, long bytes, CompletableFuture<Void> result)
            implements LogRequest {
        @Override
        public int records() {
            return values.size();
        }
    }

    /** The last sequence, after everything that waits before it. */
    record Highest(LogHandle handle, CompletableFuture<Long> result) implements LogRequest {}

    record Truncate(LogHandle handle, long to, Range range, CompletableFuture<Void> result) implements LogRequest {}

    record Drop(LogHandle handle, CompletableFuture<Void> result) implements LogRequest {}

    /** What a truncation turned out to remove; the writer's own. Nothing while {@code to} is 0. */
    final class Range {
        long from;
        long to;
    }
}
