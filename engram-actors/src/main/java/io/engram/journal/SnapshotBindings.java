package io.engram.journal;

import io.engram.log.LogStore;
import io.engram.snapshot.Cells;
import io.engram.snapshot.History;
import io.engram.snapshot.LogPrefix;
import io.engram.snapshot.Position;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** What snapshots need of the log, as the log offers it. */
final class SnapshotBindings {
    private SnapshotBindings() {}

    /** Where small snapshots go; empty while the store has no place for them. */
    static Optional<Cells> cells(LogStore store) {
        return Optional.empty();
    }

    static LogPrefix prefix(LogStore store) {
        return new LogPrefix() {
            @Override
            public Position position(String log, long index) {
                return Position.of(index);
            }

            @Override
            public long truncatedTo(String log) {
                return store.truncatedTo(log);
            }

            @Override
            public CompletionStage<Void> truncate(String log, long index) {
                return store.deleteTo(log, index);
            }
        };
    }

    /** The times that stand in the events' frames. */
    static History history(LogStore store) {
        return new History() {
            @Override
            public OptionalLong newestTimeMicros(String log) {
                var last = last(log);
                return timeMicros(log, store.truncatedTo(log) + 1, last, last);
            }

            @Override
            public long firstIndexAtOrAfter(String log, long timeMicros) {
                var last = last(log);
                var low = store.truncatedTo(log) + 1;
                var high = last + 1;
                while (low < high) {
                    var middle = (low + high) >>> 1;
                    var time = timeMicros(log, low, middle, last);
                    // Where nothing has a time nothing is old enough to go.
                    if (time.isPresent() && time.getAsLong() < timeMicros) {
                        low = middle + 1;
                    } else {
                        high = middle;
                    }
                }
                return low;
            }

            /** Of the entry at {@code index}; of the one before it that has a time, if it has none itself. */
            private OptionalLong timeMicros(String log, long first, long index, long last) {
                for (var at = index; at >= first && at <= last; at--) {
                    var time = new long[] {-1};
                    store.read(log, at, at, 1, (sequence, record) -> {
                        EventFrame.decode(record)
                                .ifPresent(frame -> time[0] = TimeUnit.MILLISECONDS.toMicros(frame.timestamp()));
                        return true;
                    });
                    if (time[0] >= 0) {
                        return OptionalLong.of(time[0]);
                    }
                }
                return OptionalLong.empty();
            }

            private long last(String log) {
                return store.highestSequence(log).toCompletableFuture().join();
            }
        };
    }
}
