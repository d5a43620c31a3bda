package io.engram.journal;

import io.engram.log.DamagedCellException;
import io.engram.log.LogChange;
import io.engram.log.LogStore;
import io.engram.log.format.LogPoint;
import io.engram.snapshot.Cells;
import io.engram.snapshot.History;
import io.engram.snapshot.LogPrefix;
import io.engram.snapshot.Position;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;

/** What snapshots need of the log, as the log offers it. */
final class SnapshotBindings {
    private SnapshotBindings() {}

    /** Where small snapshots go. */
    static Optional<Cells> cells(LogStore store) {
        return Optional.of(new Cells() {
            @Override
            public CompletionStage<Void> put(String log, String name, byte[] value) {
                return store.write(List.of(new LogChange.PutCell(log, name, value)));
            }

            @Override
            public Optional<byte[]> get(String log, String name) {
                try {
                    return store.cell(log, name);
                } catch (DamagedCellException e) {
                    // Nothing is no snapshot either: it is found damaged, and an older one takes its place.
                    return Optional.of(new byte[0]);
                }
            }

            @Override
            public List<String> names(String log) {
                return store.cells(log);
            }

            @Override
            public CompletionStage<Void> remove(String log, String name) {
                return store.write(List.of(new LogChange.RemoveCell(log, name)));
            }
        });
    }

    static LogPrefix prefix(LogStore store, EventLogs logs) {
        return new LogPrefix() {
            @Override
            public Position position(String log, long index) {
                return store.point(log, index)
                        .map(point -> new Position(index, point.epoch(), point.checksum()))
                        .orElseGet(() -> Position.of(index));
            }

            @Override
            public long last(String log) {
                return store.last(log).toCompletableFuture().join().index();
            }

            @Override
            public long truncatedTo(String log) {
                return store.base(log).index();
            }

            @Override
            public CompletionStage<Void> truncate(String log, long index) {
                return logs.truncateTo(log, index);
            }
        };
    }

    /** The times that the log itself keeps, which never run backwards. */
    static History history(LogStore store) {
        return new History() {
            @Override
            public OptionalLong newestTimeMicros(String log) {
                var last = store.last(log).toCompletableFuture().join();
                return last.equals(LogPoint.START) ? OptionalLong.empty() : OptionalLong.of(last.timeMicros());
            }

            @Override
            public long firstIndexAtOrAfter(String log, long timeMicros) {
                return store.firstIndexAtOrAfter(log, timeMicros);
            }
        };
    }
}
