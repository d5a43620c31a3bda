package io.engram.cluster;

import io.engram.catalog.Incarnation;
import io.engram.journal.WarmCopies;
import io.engram.log.LogException;
import io.engram.log.LogStore;
import io.engram.replication.LogName;
import io.engram.replication.Outcome;
import io.engram.replication.ShardId;
import io.engram.shard.ShardHost;
import io.engram.shard.ShardRefusedException;
import io.engram.space.EngramException;
import io.engram.space.SpaceId;
import io.engram.space.SpaceRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;

/** Which spaces there are, as the directories of the shards say that this node leads. */
final class ClusterRegistry implements SpaceRegistry {
    private static final Duration RETRY_AFTER = Duration.ofMillis(200);
    /** Between two looks at how far the copies are. */
    private static final long LOOK_MS = 5;

    private final ShardHost shards;
    private final LogStore store;
    private final LongSupplier buckets;
    private final Function<ShardId, Optional<Incarnation>> leader;
    private final Duration timeout;
    private final InstantSource clock;
    private final Executor disk;
    private final List<Consumer<String>> onLost = new CopyOnWriteArrayList<>();
    private volatile Optional<WarmCopies> warm = Optional.empty();

    /**
     * @param buckets into how many shards spaces are hashed
     * @param leader who leads a shard, as far as this node knows
     * @param disk where the disk may be read
     */
    ClusterRegistry(
            ShardHost shards,
            LogStore store,
            LongSupplier buckets,
            Function<ShardId, Optional<Incarnation>> leader,
            Duration timeout,
            InstantSource clock,
            Executor disk) {
        this.shards = shards;
        this.store = store;
        this.buckets = buckets;
        this.leader = leader;
        this.timeout = timeout;
        this.clock = clock;
        this.disk = disk;
    }

    /** The shard of a space. */
    ShardId shardOf(SpaceId space) {
        return new ShardId(shard(space));
    }

    @Override
    public String shard(SpaceId space) {
        return Long.toString(Placement.bucket(space.value(), buckets.getAsLong()));
    }

    @Override
    public String home(SpaceId space) {
        return leader.apply(shardOf(space)).map(each -> each.id().toString()).orElseGet(this::self);
    }

    @Override
    public String self() {
        return shards.self().incarnation();
    }

    @Override
    public CompletionStage<Optional<Registration>> find(SpaceId space) {
        var shard = shardOf(space);
        return spoken(shards.read(shard, space.value(), false, timeout))
                .thenCompose(grant -> grant.log()
                        .map(log -> registration(shard, log, grant.reign()).thenApply(Optional::of))
                        .orElseGet(() -> CompletableFuture.completedFuture(Optional.empty())));
    }

    @Override
    public CompletionStage<Registration> register(SpaceId space) {
        var shard = shardOf(space);
        var micros = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
        return shards.create(shard, space.value(), micros, timeout)
                .handle((stored, failure) -> {
                    if (failure != null && !isExists(failure)) {
                        throw new CompletionException(inTheSpacesWords(failure));
                    }
                    return stored;
                })
                // Whoever made it: once it is committed it is found.
                .thenCompose(stored -> find(space))
                .thenApply(found -> found.orElseThrow(
                        () -> EngramException.unavailable("the space is just being made or deleted", RETRY_AFTER)));
    }

    private static boolean isExists(Throwable failure) {
        return EngramException.reasonOf(failure) instanceof ShardRefusedException refused
                && refused.outcome() instanceof Outcome.Refused(var reason)
                && reason == Outcome.Reason.EXISTS;
    }

    @Override
    public CompletionStage<Boolean> remove(SpaceId space, long incarnation) {
        var shard = shardOf(space);
        return find(space).thenCompose(found -> {
            if (found.isEmpty() || found.get().incarnation() != incarnation) {
                return CompletableFuture.completedFuture(false);
            }
            var micros = ChronoUnit.MICROS.between(Instant.EPOCH, clock.instant());
            return spoken(shards.delete(shard, space.value(), micros, timeout)).thenApply(stored -> true);
        });
    }

    @Override
    public CompletionStage<List<Registration>> led() {
        var all = new ArrayList<CompletableFuture<List<Registration>>>();
        for (var shard : shards.led()) {
            var reign = shards.lead(shard);
            all.add(shards.ask(shard, each -> each.spaces().orElse(List.of()))
                    .thenCompose(logs -> registrations(shard, logs, reign))
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new))
                .thenApply(done -> all.stream()
                        .flatMap(each -> each.join().stream())
                        .sorted(Comparator.comparing(each -> each.id().value()))
                        .toList());
    }

    private CompletableFuture<List<Registration>> registrations(ShardId shard, List<LogName> logs, long reign) {
        return CompletableFuture.supplyAsync(
                () -> logs.stream().map(log -> read(shard, log, reign)).toList(), disk);
    }

    private CompletableFuture<Registration> registration(ShardId shard, LogName log, long reign) {
        return CompletableFuture.supplyAsync(() -> read(shard, log, reign), disk);
    }

    private Registration read(ShardId shard, LogName log, long reign) {
        return new Registration(
                new SpaceId(log.space()), log.created(), createdAt(shard, log), log.stored(shard), reign);
    }

    private Instant createdAt(ShardId shard, LogName log) {
        try {
            var micros = store.point(LogName.DIRECTORY.stored(shard), log.created())
                    .map(point -> point.timeMicros())
                    .orElse(0L);
            return Instant.EPOCH.plus(micros, ChronoUnit.MICROS);
        } catch (LogException e) {
            // It is damaged here, which is said elsewhere; when the space was made matters little then.
            return Instant.EPOCH;
        }
    }

    @Override
    public CompletionStage<Long> confirm(SpaceId space, boolean strict) {
        return spoken(shards.read(shardOf(space), space.value(), strict, timeout))
                .thenApply(grant -> grant.reign());
    }

    @Override
    public CompletionStage<Void> everywhere(SpaceId space) {
        var shard = shardOf(space);
        var deadline = System.nanoTime() + timeout.toNanos();
        return spoken(shards.read(shard, space.value(), false, timeout))
                .thenCompose(grant -> grant.log().isEmpty()
                        ? CompletableFuture.completedFuture(null)
                        : everywhere(shard, grant.log().get(), grant.index(), deadline));
    }

    private CompletionStage<Void> everywhere(ShardId shard, LogName log, long index, long deadline) {
        return shards.ask(shard, each -> each.everywhere(log)).thenCompose(reached -> {
            if (reached.isPresent() && reached.getAsLong() >= index) {
                return CompletableFuture.completedFuture(null);
            }
            if (System.nanoTime() - deadline > 0) {
                return CompletableFuture.failedFuture(EngramException.outcomeUnknown(
                        "it is on a majority of the space's copies, and not on all of them within %d ms; sending it again with the same id or idempotency key finds out"
                                .formatted(timeout.toMillis())));
            }
            return Pause.of(LOOK_MS).thenCompose(paused -> everywhere(shard, log, index, deadline));
        });
    }

    @Override
    public CompletionStage<Copy> copy(SpaceId space) {
        var shard = shardOf(space);
        var copies = warm;
        if (copies.isEmpty() || !shards.holds(shard)) {
            return CompletableFuture.failedFuture(noCopy());
        }
        return spoken(shards.ask(shard, each -> each.copy(space.value()))
                .thenApplyAsync(
                        found -> {
                            var copy = found.orElseThrow(ClusterRegistry::noCopy);
                            if (copy.log().isEmpty()) {
                                return new Copy(Optional.empty(), copy.last() - copy.committed());
                            }
                            var view = copies.get().view(copy.log().get().stored(shard), copy.committed());
                            return new Copy(Optional.of(view.state()), Math.max(0, copy.last() - view.index()));
                        },
                        disk));
    }

    private static EngramException noCopy() {
        return EngramException.unavailable("this node has no copy of the space that can be read", RETRY_AFTER);
    }

    /** Has copies read that are kept warm. */
    void copiesIn(WarmCopies copies) {
        warm = Optional.of(copies);
    }

    @Override
    public long reign(SpaceId space) {
        return shards.lead(shardOf(space));
    }

    @Override
    public OptionalLong epoch(SpaceId space) {
        return shards.epoch(shardOf(space));
    }

    @Override
    public void onLost(Consumer<String> listener) {
        onLost.add(listener);
    }

    /** This node has lost the lead of a shard. */
    void lost(ShardId shard) {
        onLost.forEach(listener -> listener.accept(shard.name()));
    }

    private static <T> CompletionStage<T> spoken(CompletionStage<T> stage) {
        return stage.handle((result, failure) -> {
            if (failure != null) {
                throw new CompletionException(inTheSpacesWords(failure));
            }
            return result;
        });
    }

    static EngramException inTheSpacesWords(Throwable failure) {
        var reason = EngramException.reasonOf(failure);
        if (reason instanceof EngramException known) {
            return known;
        }
        if (reason instanceof ShardRefusedException refused) {
            var text = String.valueOf(refused.getMessage());
            return switch (refused.outcome()) {
                case Outcome.Refused(var why) ->
                    switch (why) {
                        case BUSY -> EngramException.overloaded(text, RETRY_AFTER);
                        case NO_SUCH_SPACE -> EngramException.notFound(text);
                        case NOT_PRIMARY, CHANGING, EXISTS, STALE, TIMEOUT ->
                            EngramException.unavailable(text, RETRY_AFTER);
                    };
                case Outcome.Unknown _, Outcome.Stored _, Outcome.Readable _ -> EngramException.outcomeUnknown(text);
            };
        }
        return EngramException.unavailable("the space's shard cannot be asked: " + reason, RETRY_AFTER);
    }
}
