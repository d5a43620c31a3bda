package io.engram.cluster;

import io.engram.journal.SnapshotShelf;
import io.engram.log.LogException;
import io.engram.log.LogStore;
import io.engram.log.format.LogPoint;
import io.engram.peer.PeerException;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import io.engram.shard.ShardSnapshots;
import io.engram.space.EngramException;
import java.time.Duration;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The snapshots of this node and of the others. The node that leads a space makes them; it names each new one to the space's
 * replicas, which fetch it, compare it with their own logs, and then let their logs begin behind it as the leader does. What
 * does not come about is nothing lost: the log stays longer until the next snapshot. Beside that, whoever lacks entries which are
 * gone elsewhere fetches the snapshot in their place.
 *
 * <p>Nothing can be had before {@link #start}. A name that is lost on its way is said once more; a replica tries several times,
 * at pauses that double.
 */
final class SnapshotExchange implements ShardSnapshots {
    /** What is asked for by this name is a snapshot, and its request a {@link SnapshotName}. */
    static final String WHAT = "snapshot";

    private static final Logger LOG = LoggerFactory.getLogger(SnapshotExchange.class);
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final Duration SAY_AGAIN = Duration.ofSeconds(30);
    private static final long LOOK_AGAIN_NANOS = Duration.ofSeconds(5).toNanos();
    private static final int MOST_REMEMBERED = 10_000;
    private static final int TRIES = 8;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(500);

    /** What this needs of the node. */
    interface Surroundings extends SnapshotFetches.Way {
        /** The other members of a shard, if this node leads it. */
        List<ReplicaId> followers(ShardId shard);

        void send(ReplicaId to, byte[] name);
    }

    private final LogStore store;
    private final Surroundings around;
    private final Executor disk;
    private final int pieceBytes;
    private final Map<String, Newest> newest = new ConcurrentHashMap<>();
    /** Logs that are gone, and whose snapshots are just being removed. */
    private final Map<String, CompletableFuture<Void>> removals = new ConcurrentHashMap<>();
    /** The newest snapshot that is to be fetched of each log for its own sake. */
    private final Map<String, SnapshotName> following = new ConcurrentHashMap<>();

    private volatile Optional<Started> started = Optional.empty();

    private record Newest(Optional<LogPoint> point, long lookedAtNanos) {}

    private record Started(SnapshotShelf shelf, SnapshotFetches fetches) {}

    /**
     * @param disk where the disk may be waited for
     * @param pieceBytes the most bytes of a snapshot in one message
     */
    SnapshotExchange(LogStore store, Surroundings around, Executor disk, int pieceBytes) {
        this.store = store;
        this.around = around;
        this.disk = disk;
        this.pieceBytes = pieceBytes;
    }

    void start(SnapshotShelf shelf) {
        started = Optional.of(new Started(shelf, new SnapshotFetches(shelf, around, disk, PATIENCE)));
    }

    // ---- what the shards ask ----

    @Override
    public Optional<LogPoint> newest(ShardId shard, LogName log) {
        if (log.isDirectory()) {
            return Optional.empty();
        }
        var name = log.stored(shard);
        var known = newest.get(name);
        if (known == null || System.nanoTime() - known.lookedAtNanos() > LOOK_AGAIN_NANOS) {
            remember(name, known == null ? Optional.empty() : known.point());
            disk.execute(() -> look(name));
        }
        return known == null ? Optional.empty() : known.point();
    }

    /** What is newest is looked at in the background: it may have to be read and checked as a whole. */
    private Optional<LogPoint> look(String log) {
        try {
            var point = started.flatMap(each -> each.shelf().newest(log));
            remember(log, point);
            return point;
        } catch (RuntimeException e) {
            LOG.warn("the snapshots of {} cannot be looked at: {}", log, e.toString());
            newest.remove(log);
            return Optional.empty();
        }
    }

    private void remember(String log, Optional<LogPoint> point) {
        if (newest.size() >= MOST_REMEMBERED) {
            newest.clear();
        }
        newest.put(log, new Newest(point, System.nanoTime()));
    }

    @Override
    public CompletionStage<Void> fetch(ReplicaId from, ShardId shard, LogName log, LogPoint point) {
        var name = new SnapshotName(log.stored(shard), point);
        return removals.getOrDefault(name.log(), CompletableFuture.completedFuture(null))
                .thenCompose(removed -> fetch(from, name, true))
                // Somebody else may have fetched it before the log was dropped, and its removal have come last.
                .thenRunAsync(() -> requireHere(name), disk);
    }

    private void requireHere(SnapshotName name) {
        if (started.filter(each -> each.shelf().has(name.log(), name.point())).isEmpty()) {
            throw new IllegalStateException("the snapshot is gone again");
        }
    }

    @Override
    public void dropped(ShardId shard, LogName log) {
        var name = log.stored(shard);
        newest.remove(name);
        started.ifPresent(each -> {
            var removal = new CompletableFuture<Void>();
            // The log may be copied anew before that is through; its snapshot must come afterwards.
            var before = removals.put(name, removal);
            var turn = before == null ? CompletableFuture.<Void>completedFuture(null) : before;
            turn.thenCompose(done -> each.shelf().forget(name, disk)).whenComplete((done, failure) -> {
                if (failure != null) {
                    LOG.warn("the snapshots of {}, which is gone, stay: {}", name, reason(failure));
                }
                removals.remove(name, removal);
                removal.complete(null);
            });
        });
    }

    private CompletionStage<Void> fetch(ReplicaId from, SnapshotName name, boolean isUrgent) {
        return started.map(each -> each.fetches().fetch(from, name, isUrgent).whenComplete((done, failure) -> {
                    if (failure == null) {
                        newest.remove(name.log());
                        LOG.debug(
                                "the snapshot of {} up to {} is here",
                                name.log(),
                                name.point().index());
                    } else {
                        LOG.info(
                                "the snapshot of {} up to {} could not be fetched from {}: {}",
                                name.log(),
                                name.point().index(),
                                from,
                                reason(failure));
                    }
                }))
                .orElseGet(
                        () -> CompletableFuture.failedFuture(new PeerException("this node is still starting", true)));
    }

    private static String reason(Throwable failure) {
        return String.valueOf(EngramException.reasonOf(failure).getMessage());
    }

    /** Up to where good snapshots on this node's disk that its log proves cover a log; 0 for nothing. */
    CompletionStage<Long> covered(String log) {
        return CompletableFuture.supplyAsync(
                () -> look(log).map(LogPoint::index).orElse(0L), disk);
    }

    // ---- what is given away ----

    /**
     * The pieces of a snapshot that another node asks for; to be closed. Blocks on the disk.
     *
     * @throws IllegalArgumentException if that is no snapshot of a space's log, or none that is here
     */
    Iterator<byte[]> give(byte[] request) {
        var name = SnapshotName.of(request);
        return started.flatMap(each -> each.shelf().give(name.log(), name.point(), pieceBytes))
                .orElseThrow(() -> new IllegalArgumentException("there is no snapshot of '%s' up to %d here"
                        .formatted(name.log(), name.point().index())));
    }

    // ---- what is told ----

    /** A snapshot was saved here; if this node leads the space, its replicas are told. */
    void kept(String log, long index) {
        newest.remove(log);
        LogAddress.parse(log)
                .ifPresent(address -> store.point(log, index).ifPresent(point -> {
                    var name = new SnapshotName(log, point);
                    tell(address, name);
                    CompletableFuture.delayedExecutor(SAY_AGAIN.toMillis(), TimeUnit.MILLISECONDS, disk)
                            .execute(() -> tell(address, name));
                }));
    }

    private void tell(LogAddress address, SnapshotName name) {
        var bytes = name.toBytes();
        around.followers(address.shard()).forEach(replica -> around.send(replica, bytes));
    }

    /** Another node names a snapshot that it has. */
    void told(ReplicaId from, byte[] message) {
        SnapshotName name;
        try {
            name = SnapshotName.of(message);
        } catch (IllegalArgumentException e) {
            LOG.warn("what {} said of a snapshot was refused: {}", from, e.getMessage());
            return;
        }
        if (following.size() >= MOST_REMEMBERED && !following.containsKey(name.log())) {
            return;
        }
        var before = following.get(name.log());
        if (before == null || before.point().index() < name.point().index()) {
            following.put(name.log(), name);
            disk.execute(() -> follow(from, name, TRIES));
        }
    }

    private void follow(ReplicaId from, SnapshotName name, int tries) {
        if (!name.equals(following.get(name.log()))) {
            return;
        }
        try {
            switch (compare(name)) {
                case SAME ->
                    fetch(from, name, false)
                            .whenCompleteAsync(
                                    (done, failure) -> {
                                        if (failure == null) {
                                            following.remove(name.log(), name);
                                            started.ifPresent(
                                                    each -> each.shelf().tidy(name.log()));
                                        } else {
                                            later(from, name, tries);
                                        }
                                    },
                                    disk);
                case NOT_YET -> later(from, name, tries);
                case OTHER -> following.remove(name.log(), name);
            }
        } catch (LogException e) {
            // A damaged log is mended first, and the next snapshot finds it whole.
            following.remove(name.log(), name);
        }
    }

    private enum Compared {
        SAME,
        NOT_YET,
        OTHER
    }

    /** Whether what another node has a snapshot of is in this node's log. */
    private Compared compare(SnapshotName name) {
        var point = store.point(name.log(), name.point().index());
        if (point.isPresent()) {
            return point.get().equals(name.point()) ? Compared.SAME : Compared.OTHER;
        }
        var isGone = store.base(name.log()).index() >= name.point().index();
        var isHere = store.logs(name.log(), "", 1).contains(name.log());
        return isGone || !isHere ? Compared.OTHER : Compared.NOT_YET;
    }

    private void later(ReplicaId from, SnapshotName name, int tries) {
        if (tries <= 1) {
            following.remove(name.log(), name);
            return;
        }
        CompletableFuture.delayedExecutor(FIRST_PAUSE.toMillis() << (TRIES - tries), TimeUnit.MILLISECONDS, disk)
                .execute(() -> follow(from, name, tries - 1));
    }
}
