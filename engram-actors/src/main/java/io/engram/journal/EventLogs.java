package io.engram.journal;

import io.engram.log.LogChange;
import io.engram.log.LogStore;
import io.engram.log.format.LogPoint;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * Who decides when events are durable: the node's store alone, or several nodes together. They are read from the node's store
 * in either case. Stages fail with a {@link io.engram.log.LogException}; no method blocks.
 */
public interface EventLogs {
    /** Completes when the events are durable, at these places in the log. */
    CompletionStage<Void> append(String log, long first, List<LogChange.Content> events);

    /**
     * Removes the events up to an index, which snapshots on this node's disk cover. Where several nodes keep the log, it
     * completes when that is on its way, and nothing happens unless it is allowed.
     */
    CompletionStage<Void> truncateTo(String log, long index);

    /** Up to where the log is durable and may be replayed; 0 for one that does not exist. */
    CompletionStage<Long> last(String log);

    /**
     * Completes once the events up to an index are in this node's store and nothing can take their place any more, so that a
     * snapshot of them may be kept; fails if that cannot be said.
     */
    CompletionStage<Void> settle(String log, long index);

    /**
     * Whether several nodes keep the logs. A snapshot may then have come from another one, or be of events that were never
     * durable on a majority: it is used only if the log proves it.
     */
    boolean areReplicated();

    /** A snapshot of a log was kept, and may be told to others. */
    void snapshotKept(String log, long index);

    /** The node's store alone. */
    static EventLogs of(LogStore store) {
        return new EventLogs() {
            @Override
            public CompletionStage<Void> append(String log, long first, List<LogChange.Content> events) {
                try {
                    return store.write(List.of(
                            new LogChange.Append(log, LogStore.FIRST_EPOCH, first, OptionalLong.empty(), events)));
                } catch (IllegalArgumentException e) {
                    return CompletableFuture.failedFuture(e);
                }
            }

            @Override
            public CompletionStage<Void> truncateTo(String log, long index) {
                return store.truncateTo(log, index);
            }

            @Override
            public CompletionStage<Long> last(String log) {
                return store.last(log).thenApply(LogPoint::index);
            }

            @Override
            public CompletionStage<Void> settle(String log, long index) {
                return CompletableFuture.completedFuture(null);
            }

            @Override
            public boolean areReplicated() {
                return false;
            }

            @Override
            public void snapshotKept(String log, long index) {}
        };
    }
}
