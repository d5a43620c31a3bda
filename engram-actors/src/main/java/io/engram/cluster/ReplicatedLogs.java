package io.engram.cluster;

import io.engram.journal.EventLogs;
import io.engram.log.LogChange;
import io.engram.log.LogException;
import io.engram.log.LogOutcomeUnknownException;
import io.engram.log.LogOverloadedException;
import io.engram.log.LogStore;
import io.engram.log.StaleWriterException;
import io.engram.log.format.LogPoint;
import io.engram.replication.Level;
import io.engram.replication.LogName;
import io.engram.replication.NewEntry;
import io.engram.replication.Outcome;
import io.engram.shard.Grant;
import io.engram.shard.ShardHost;
import io.engram.shard.ShardRefusedException;
import io.engram.space.SpaceFigures;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The events of spaces, durable when as many replicas have them as the level asks for. */
final class ReplicatedLogs implements EventLogs {
    private static final int LOOKS = 100;
    private static final long BETWEEN_LOOKS_MS = 10;

    private final LogStore store;
    private final ShardHost shards;
    private final SnapshotExchange snapshots;
    private final Level level;
    private final Duration timeout;
    private volatile Optional<Timer> replication = Optional.empty();

    ReplicatedLogs(LogStore store, ShardHost shards, SnapshotExchange snapshots, Level level, Duration timeout) {
        this.store = store;
        this.shards = shards;
        this.snapshots = snapshots;
        this.level = level;
        this.timeout = timeout;
    }

    void register(MeterRegistry meters) {
        replication = Optional.of(SpaceFigures.stage(meters, SpaceFigures.Stage.REPLICATE));
    }

    @Override
    public CompletionStage<Void> append(String log, long first, List<LogChange.Content> events) {
        var address = LogAddress.parse(log);
        if (address.isEmpty()) {
            return CompletableFuture.failedFuture(notReplicated(log));
        }
        var entries = events.stream()
                .map(event -> new NewEntry(event.bytes(), event.timeMicros()))
                .toList();
        var to = address.get();
        long begun = System.nanoTime();
        return WhileChanging.ask(left -> shards.append(to.shard(), to.log(), first, entries, level, left), timeout)
                .handle((stored, failure) -> {
                    if (failure != null) {
                        throw new CompletionException(inTheLogsWords(failure));
                    }
                    replication.ifPresent(timer -> timer.record(Duration.ofNanos(System.nanoTime() - begun)));
                    return null;
                });
    }

    /** The shard lets the log begin later only behind what is committed; here a snapshot is made sure of first. */
    @Override
    public CompletionStage<Void> truncateTo(String log, long index) {
        var address = LogAddress.parse(log);
        if (address.isEmpty()) {
            return CompletableFuture.failedFuture(notReplicated(log));
        }
        return snapshots.covered(log).thenCompose(covered -> {
            if (covered < index) {
                return CompletableFuture.failedFuture(new LogOverloadedException(
                        "the snapshots cover the log up to %d, not %d".formatted(covered, index)));
            }
            return committed(address.get(), index, LOOKS)
                    .thenAccept(done ->
                            shards.compact(address.get().shard(), address.get().log(), index));
        });
    }

    /** How far it is committed is told with the next entries. */
    private CompletionStage<Void> committed(LogAddress address, long index, int looks) {
        return shards.ask(address.shard(), shard -> shard.committed(address.log()))
                .thenCompose(committed -> {
                    if (committed >= index) {
                        return CompletableFuture.completedFuture(null);
                    }
                    if (looks == 0) {
                        return CompletableFuture.failedFuture(new LogOverloadedException(
                                "the log is known to be committed up to %d, not %d".formatted(committed, index)));
                    }
                    return Pause.of(BETWEEN_LOOKS_MS).thenCompose(paused -> committed(address, index, looks - 1));
                });
    }

    /** What this node's actors hold was acknowledged, and what a majority has acknowledged stays as it is. */
    @Override
    public CompletionStage<Void> settle(String log, long index) {
        if (level == Level.PRIMARY) {
            return CompletableFuture.failedFuture(new LogOverloadedException(
                    "what only this node has acknowledged may be replaced; it is no snapshot's content"));
        }
        return here(log, index, LOOKS).thenAccept(settled -> {});
    }

    @Override
    public boolean areReplicated() {
        return true;
    }

    @Override
    public void snapshotKept(String log, long index) {
        snapshots.kept(log, index);
    }

    @Override
    public CompletionStage<Long> last(String log) {
        var address = LogAddress.parse(log);
        if (address.isEmpty()) {
            return CompletableFuture.failedFuture(notReplicated(log));
        }
        var name = address.get().log();
        return shards.read(address.get().shard(), name.space(), false, timeout)
                .handle((grant, failure) -> {
                    if (failure != null) {
                        throw new CompletionException(inTheLogsWords(failure));
                    }
                    return requireSame(name, grant);
                })
                .thenCompose(index -> here(log, index, LOOKS));
    }

    private static long requireSame(LogName name, Grant grant) {
        if (!grant.log().equals(Optional.of(name))) {
            throw new StaleWriterException("the space '%s' was deleted".formatted(name.space()));
        }
        return grant.index();
    }

    /** A majority without this node may have the last of it; it comes here as well, and only then can it be replayed. */
    private CompletionStage<Long> here(String log, long index, int looks) {
        return store.last(log).thenApply(LogPoint::index).thenCompose(last -> {
            if (last >= index) {
                return CompletableFuture.completedFuture(index);
            }
            if (looks == 0) {
                return CompletableFuture.failedFuture(new LogOverloadedException(
                        "the end of the log is not on this node's disk yet: %d of %d".formatted(last, index)));
            }
            return Pause.of(BETWEEN_LOOKS_MS).thenCompose(paused -> here(log, index, looks - 1));
        });
    }

    private static StaleWriterException notReplicated(String log) {
        return new StaleWriterException("'%s' is no log of a space of this cluster".formatted(log));
    }

    private static Throwable inTheLogsWords(Throwable failure) {
        var cause = failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        if (!(cause instanceof ShardRefusedException refused)) {
            return cause;
        }
        var text = String.valueOf(refused.getMessage());
        LogException word = switch (refused.outcome()) {
            case Outcome.Refused(var reason) ->
                reason == Outcome.Reason.BUSY ? new LogOverloadedException(text) : new StaleWriterException(text);
            case Outcome.Unknown _, Outcome.Stored _, Outcome.Readable _ -> new LogOutcomeUnknownException(text, null);
        };
        return word;
    }
}
