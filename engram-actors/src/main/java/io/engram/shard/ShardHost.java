package io.engram.shard;

import io.engram.replication.Change;
import io.engram.replication.Configuration;
import io.engram.replication.Level;
import io.engram.replication.LogName;
import io.engram.replication.Message;
import io.engram.replication.NewEntry;
import io.engram.replication.Outcome;
import io.engram.replication.Output;
import io.engram.replication.ReplicaId;
import io.engram.replication.ReplicationSettings;
import io.engram.replication.Shard;
import io.engram.replication.ShardId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.random.RandomGeneratorFactory;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The shards of a node at work. Each of them lives on one of a few threads; messages, finished writes, requests and the time
 * are brought to it there, and what it wants done is done from there. A shard comes into being when somebody speaks of it,
 * from what the disk holds of it.
 *
 * <p>All methods may be called by any thread, and none of them blocks.
 */
public final class ShardHost implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(ShardHost.class);

    private final ReplicaId self;
    private final ShardStore store;
    private final ShardNetwork network;
    private final ShardSnapshots snapshots;
    private final ShardEvents events;
    private final ReplicationSettings settings;
    private final List<Hosting> lanes;
    /** Changed on the shards' own threads, before anybody hears of it. */
    private final Map<ShardId, Long> reigns = new ConcurrentHashMap<>();

    private final Map<ShardId, Long> epochs = new ConcurrentHashMap<>();

    private final AtomicLong lastReign = new AtomicLong();
    private final Set<ShardId> held = ConcurrentHashMap.newKeySet();
    private volatile Optional<Followed> followed = Optional.empty();

    /** Hears of logs that other nodes lead, on the thread of the shard's lane: it must be short. */
    public interface Followed {
        /** Entries up to here are committed, and on this node's disk. */
        void committed(ShardId shard, LogName log, long index);

        /** The log is gone from this node's disk, for good or until it is copied anew. */
        void dropped(ShardId shard, LogName log);
    }

    /** @param threads how many; each shard belongs to one of them */
    public ShardHost(
            ReplicaId self,
            ShardStore store,
            ShardNetwork network,
            ShardSnapshots snapshots,
            ShardEvents events,
            ReplicationSettings settings,
            int threads) {
        this.self = self;
        this.store = store;
        this.network = network;
        this.snapshots = snapshots;
        this.events = events;
        this.settings = settings;
        held.addAll(store.shards());
        lanes = IntStream.range(0, threads).mapToObj(Hosting::new).toList();
        lanes.forEach(lane -> lane.lane.start());
        store.onDamage((shard, log) -> of(shard)
                .with(
                        shard,
                        (hosted, now) ->
                                store.reader(shard).hole(log).ifPresent(hole -> hosted.shard.damaged(now, log, hole))));
    }

    /** Has somebody hear how the logs go on that other nodes lead. */
    public void onFollowed(Followed listener) {
        followed = Optional.of(listener);
    }

    public ReplicaId self() {
        return self;
    }

    private Hosting of(ShardId shard) {
        return lanes.get(Math.floorMod(shard.hashCode(), lanes.size()));
    }

    // ---- what happens ----

    /**
     * What the catalog says of a shard.
     *
     * @param newest the newest configuration, active or opening
     * @param active the last one that was active
     */
    public void learn(ShardId shard, Configuration newest, Optional<Configuration> active) {
        of(shard).with(shard, (hosted, now) -> {
            active.ifPresent(configuration -> hosted.shard.active(now, configuration));
            if (newest.primary().equals(self)) {
                hosted.shard.open(now, newest, active);
            } else if (active.filter(a -> a.epoch() == newest.epoch()).isEmpty()) {
                hosted.shard.superseded(now, newest.epoch());
            }
        });
    }

    /** Messages of another node have come. */
    public void receive(ReplicaId from, List<Message> messages) {
        for (var message : messages) {
            of(message.shard()).with(message.shard(), (hosted, now) -> hosted.shard.receive(now, from, message));
        }
    }

    /** Gives up the lead of every shard. What was not committed is answered as unknown. */
    public CompletionStage<Void> closeAll(String why) {
        return onEach(hosted -> hosted.shard.close(Lane.micros(), why));
    }

    // ---- requests ----

    /**
     * Appends entries to a space's log. Fails with {@link ShardRefusedException}.
     *
     * @param first the index that the first of them must get
     */
    public CompletionStage<Outcome.Stored> append(
            ShardId shard, LogName log, long first, List<NewEntry> entries, Level level, Duration timeout) {
        return request(
                shard,
                timeout,
                Outcome.Stored.class,
                (hosted, now, number, deadline) ->
                        hosted.shard.append(now, number, log, first, entries, level, deadline));
    }

    /** Creates a space; fails with {@link ShardRefusedException}. */
    public CompletionStage<Outcome.Stored> create(ShardId shard, String space, long timeMicros, Duration timeout) {
        return request(
                shard,
                timeout,
                Outcome.Stored.class,
                (hosted, now, number, deadline) -> hosted.shard.create(now, number, space, timeMicros, deadline));
    }

    /** Deletes a space with its log; fails with {@link ShardRefusedException}. */
    public CompletionStage<Outcome.Stored> delete(ShardId shard, String space, long timeMicros, Duration timeout) {
        return request(
                shard,
                timeout,
                Outcome.Stored.class,
                (hosted, now, number, deadline) -> hosted.shard.delete(now, number, space, timeMicros, deadline));
    }

    /**
     * Lets a log of this node begin behind an index, at which a good snapshot is on this node's disk. Nothing happens unless
     * all of that is committed.
     */
    public void compact(ShardId shard, LogName log, long index) {
        of(shard).with(shard, (hosted, now) -> hosted.shard.compact(now, log, index));
    }

    /**
     * Asks what may be shown of a space; fails with {@link ShardRefusedException}.
     *
     * @param strict whether a majority has to say so, even under a lease
     */
    public CompletionStage<Grant> read(ShardId shard, String space, boolean strict, Duration timeout) {
        return this.<Outcome.Readable>request(
                        shard,
                        timeout,
                        Outcome.Readable.class,
                        (hosted, now, number, deadline) -> hosted.shard.read(now, number, space, strict, deadline))
                .thenApply(readable -> new Grant(readable.log(), readable.index(), lead(shard)));
    }

    /**
     * The number of the reign under which this node leads a shard; 0 if it does not. It stays the same over epochs that follow
     * one another without a break, and is another one after any break: what was read before it may be old.
     */
    public long lead(ShardId shard) {
        return reigns.getOrDefault(shard, 0L);
    }

    /** The epoch under which this node leads a shard; empty if it does not. */
    public OptionalLong epoch(ShardId shard) {
        var epoch = epochs.get(shard);
        return epoch == null ? OptionalLong.empty() : OptionalLong.of(epoch);
    }

    /** Whether anything is known here of a shard. */
    public boolean holds(ShardId shard) {
        return held.contains(shard);
    }

    /** The shards that this node leads. */
    public List<ShardId> led() {
        return List.copyOf(reigns.keySet());
    }

    /** Something of a shard, asked on its own thread; fails if it has failed. */
    public <T> CompletionStage<T> ask(ShardId shard, Function<Shard, T> question) {
        var answer = new CompletableFuture<T>();
        of(shard).with(shard, (hosted, now) -> {
            try {
                answer.complete(question.apply(hosted.shard));
            } catch (RuntimeException e) {
                answer.completeExceptionally(e);
            }
        });
        return answer;
    }

    private interface Request {
        void put(Hosted hosted, long now, long number, long deadline);
    }

    private <T extends Outcome> CompletionStage<T> request(
            ShardId shard, Duration timeout, Class<T> expected, Request request) {
        var result = new CompletableFuture<T>();
        var lane = of(shard);
        lane.with(shard, (hosted, now) -> {
            var number = lane.nextRequest++;
            lane.requests.put(number, outcome -> {
                if (expected.isInstance(outcome)) {
                    result.complete(expected.cast(outcome));
                } else {
                    result.completeExceptionally(new ShardRefusedException(outcome));
                }
            });
            request.put(hosted, now, number, now + timeout.toNanos() / 1_000);
        });
        return result;
    }

    private CompletionStage<Void> onEach(Consumer<Hosted> action) {
        var all = new ArrayList<CompletableFuture<?>>();
        for (var lane : lanes) {
            var done = new CompletableFuture<Void>();
            all.add(done);
            lane.lane.execute(() -> {
                for (var hosted : List.copyOf(lane.shards.values())) {
                    action.accept(hosted);
                    lane.settle(hosted);
                }
                done.complete(null);
            });
        }
        return CompletableFuture.allOf(all.toArray(CompletableFuture[]::new));
    }

    /** Does nothing more. Whoever still waits hears nothing. */
    @Override
    public void close() {
        lanes.forEach(lane -> lane.lane.close());
    }

    private interface Action {
        void act(Hosted hosted, long now);
    }

    /** A shard with its timer. */
    private static final class Hosted {
        final ShardId id;
        final Shard shard;
        long timerAt = Long.MAX_VALUE;
        boolean stopped;

        Hosted(ShardId id, Shard shard) {
            this.id = id;
            this.shard = shard;
        }
    }

    /** The shards of one thread. Everything but {@link #with} belongs to that thread. */
    private final class Hosting {
        final Lane lane;
        final Map<ShardId, Hosted> shards = new HashMap<>();
        final Map<Long, Consumer<Outcome>> requests = new HashMap<>();
        private final Map<ReplicaId, List<Message>> outgoing = new LinkedHashMap<>();
        long nextRequest = 1;

        Hosting(int number) {
            lane = new Lane("engram-shards-" + number, this::flush);
        }

        void with(ShardId shard, Action action) {
            lane.execute(() -> {
                var hosted = hosted(shard);
                if (hosted.stopped) {
                    return;
                }
                action.act(hosted, Lane.micros());
                settle(hosted);
            });
        }

        private Hosted hosted(ShardId id) {
            held.add(id);
            return shards.computeIfAbsent(
                    id,
                    shard -> new Hosted(
                            shard,
                            new Shard(
                                    shard,
                                    self,
                                    settings,
                                    store.reader(shard),
                                    RandomGeneratorFactory.of("L64X128MixRandom")
                                            .create(),
                                    Lane.micros())));
        }

        void settle(Hosted hosted) {
            for (var outputs = hosted.shard.takeOutputs();
                    !outputs.isEmpty() && !hosted.stopped;
                    outputs = hosted.shard.takeOutputs()) {
                outputs.forEach(output -> perform(hosted, output));
            }
            arm(hosted);
        }

        private void arm(Hosted hosted) {
            var at = hosted.shard.wakeAt();
            if (at >= hosted.timerAt) {
                // A timer that comes too early finds nothing to do and looks again.
                return;
            }
            hosted.timerAt = at;
            lane.at(Math.multiplyExact(at, 1_000L), () -> {
                if (hosted.timerAt == at && !hosted.stopped) {
                    hosted.timerAt = Long.MAX_VALUE;
                    hosted.shard.tick(Lane.micros());
                    settle(hosted);
                }
            });
        }

        private void perform(Hosted hosted, Output output) {
            switch (output) {
                case Output.Send send ->
                    outgoing.computeIfAbsent(send.to(), to -> new ArrayList<>()).add(send.message());
                case Output.Force force -> force(hosted, force);
                case Output.FetchSnapshot fetch -> fetch(hosted, fetch);
                case Output.Activate activate -> events.activate(hosted.id, activate.configuration());
                case Output.Answer answer -> {
                    var waiting = requests.remove(answer.request());
                    if (waiting != null) {
                        waiting.accept(answer.outcome());
                    }
                }
                case Output.Committed committed -> {
                    if (!committed.log().isDirectory() && !reigns.containsKey(hosted.id)) {
                        followed.ifPresent(each -> each.committed(hosted.id, committed.log(), committed.index()));
                    }
                }
                case Output.Opened opened -> {
                    epochs.put(hosted.id, opened.configuration().epoch());
                    reigns.computeIfAbsent(hosted.id, shard -> lastReign.incrementAndGet());
                    events.opened(hosted.id, opened.configuration());
                }
                case Output.Closed closed -> {
                    reigns.remove(hosted.id);
                    epochs.remove(hosted.id);
                    events.closed(hosted.id, closed.epoch(), closed.why());
                }
                case Output.Diverged diverged ->
                    events.diverged(hosted.id, diverged.replica(), diverged.log(), diverged.index());
            }
        }

        private void fetch(Hosted hosted, Output.FetchSnapshot fetch) {
            snapshots
                    .fetch(fetch.from(), hosted.id, fetch.log(), fetch.point())
                    .whenComplete((done, failure) -> lane.execute(() -> {
                        if (hosted.stopped) {
                            return;
                        }
                        if (failure == null) {
                            hosted.shard.snapshotFetched(Lane.micros(), fetch.log(), fetch.point());
                        } else {
                            hosted.shard.snapshotFailed(Lane.micros(), fetch.log());
                        }
                        settle(hosted);
                    }));
        }

        private void force(Hosted hosted, Output.Force force) {
            store.write(hosted.id, force.changes())
                    .whenComplete((done, failure) -> lane.execute(() -> {
                        if (hosted.stopped) {
                            return;
                        }
                        if (failure == null) {
                            forget(hosted, force);
                            hosted.shard.forced(Lane.micros(), force.ticket());
                            settle(hosted);
                        } else {
                            failed(hosted, force, failure);
                        }
                    }));
        }

        private void forget(Hosted hosted, Output.Force force) {
            for (var change : force.changes()) {
                if (change instanceof Change.Drop(var log)) {
                    snapshots.dropped(hosted.id, log);
                    followed.ifPresent(each -> each.dropped(hosted.id, log));
                }
            }
        }

        private void failed(Hosted hosted, Output.Force force, Throwable failure) {
            switch (store.failure(failure)) {
                case REFUSED -> {
                    hosted.shard.refused(Lane.micros(), force.ticket());
                    settle(hosted);
                }
                case CLOSED -> stop(hosted);
                case UNKNOWN -> {
                    // Nobody knows what is on the disk now; only a new process finds out.
                    stop(hosted);
                    LOG.error("shard {} could not be written, and nobody knows what of it was: {}", hosted.id, failure);
                    events.failed(failure);
                }
            }
        }

        private void stop(Hosted hosted) {
            hosted.stopped = true;
            epochs.remove(hosted.id);
            if (reigns.remove(hosted.id) != null) {
                events.closed(hosted.id, 0, "its store takes no more writes");
            }
        }

        private void flush() {
            outgoing.forEach(network::send);
            outgoing.clear();
        }
    }
}
