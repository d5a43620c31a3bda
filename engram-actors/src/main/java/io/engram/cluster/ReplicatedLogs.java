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
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** The events of spaces, durable when as many replicas have them as the level asks for. */
final class ReplicatedLogs implements EventLogs {
    private static final int LOOKS = 100;
    private static final Duration BETWEEN_LOOKS = Duration.ofMillis(10);

    private final LogStore store;
    private final ShardHost shards;
    private final Level level;
    private final Duration timeout;

    ReplicatedLogs(LogStore store, ShardHost shards, Level level, Duration timeout) {
        this.store = store;
        this.shards = shards;
        this.level = level;
        this.timeout = timeout;
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
        return shards.append(address.get().shard(), address.get().log(), first, entries, level, timeout)
                .handle((stored, failure) -> {
                    if (failure != null) {
                        throw new CompletionException(inTheLogsWords(failure));
                    }
                    return null;
                });
    }

    /** Logs are kept whole, so that any replica can be brought up from any other. */
    @Override
    public CompletionStage<Void> truncateTo(String log, long index) {
        return CompletableFuture.completedFuture(null);
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
            return CompletableFuture.supplyAsync(
                            () -> looks - 1,
                            CompletableFuture.delayedExecutor(BETWEEN_LOOKS.toMillis(), TimeUnit.MILLISECONDS))
                    .thenCompose(left -> here(log, index, left));
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
