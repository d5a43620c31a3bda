package io.engram.cluster;

import io.engram.journal.SnapshotShelf;
import io.engram.peer.PeerException;
import io.engram.replication.ReplicaId;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;

/**
 * Fetches snapshots from other nodes, a few at a time, each once however many want it. One of which nothing more comes is given
 * up, so that a silent node holds up nobody for long.
 */
final class SnapshotFetches {
    /** Each may need the disk's whole speed; more of them would only all be slow. */
    private static final int AT_ONCE = 3;

    private static final int MOST_WAITING = 10_000;

    /** The way to another node's snapshots; as {@link io.engram.peer.PeerLinks#fetch}. */
    interface Way {
        CompletionStage<Void> fetch(ReplicaId from, byte[] request, Consumer<byte[]> piece);
    }

    private final SnapshotShelf shelf;
    private final Way way;
    private final Executor disk;
    private final Duration patience;
    /** Guarded by this, as all below. */
    private final Map<SnapshotName, CompletableFuture<Void>> wanted = new HashMap<>();

    private final ArrayDeque<Runnable> urgent = new ArrayDeque<>();
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private int running;

    /**
     * @param disk where the disk may be waited for
     * @param patience how long nothing may come of a snapshot
     */
    SnapshotFetches(SnapshotShelf shelf, Way way, Executor disk, Duration patience) {
        this.shelf = shelf;
        this.way = way;
        this.disk = disk;
        this.patience = patience;
    }

    /**
     * Completes once the snapshot is here, durable and read back.
     *
     * @param isUrgent whether a replica cannot go on without it; such ones come first
     */
    synchronized CompletionStage<Void> fetch(ReplicaId from, SnapshotName name, boolean isUrgent) {
        var known = wanted.get(name);
        if (known != null) {
            return known;
        }
        var queue = isUrgent ? urgent : waiting;
        if (queue.size() >= MOST_WAITING) {
            return CompletableFuture.failedFuture(new PeerException("too many snapshots are to be fetched", true));
        }
        var done = new CompletableFuture<Void>();
        wanted.put(name, done);
        queue.add(() -> run(from, name).whenComplete((fetched, failure) -> {
            ended(name);
            if (failure == null) {
                done.complete(null);
            } else {
                done.completeExceptionally(failure);
            }
        }));
        startNext();
        return done;
    }

    private synchronized void startNext() {
        while (running < AT_ONCE && !(urgent.isEmpty() && waiting.isEmpty())) {
            running++;
            disk.execute((urgent.isEmpty() ? waiting : urgent).remove());
        }
    }

    private synchronized void ended(SnapshotName name) {
        wanted.remove(name);
        running--;
        startNext();
    }

    private CompletionStage<Void> run(ReplicaId from, SnapshotName name) {
        try {
            if (shelf.has(name.log(), name.point())) {
                return CompletableFuture.completedFuture(null);
            }
            return take(from, name, shelf.take(name.log(), name.point()));
        } catch (RuntimeException e) {
            return CompletableFuture.failedFuture(e);
        }
    }

    private CompletionStage<Void> take(ReplicaId from, SnapshotName name, SnapshotShelf.Incoming incoming) {
        var lastPiece = new AtomicLong(System.nanoTime());
        var come = new CompletableFuture<Void>();
        way.fetch(from, name.toBytes(), piece -> {
                    lastPiece.set(System.nanoTime());
                    incoming.piece(piece);
                    lastPiece.set(System.nanoTime());
                })
                .whenComplete((done, failure) -> {
                    if (failure == null) {
                        come.complete(null);
                    } else {
                        come.completeExceptionally(failure);
                    }
                });
        watch(come, lastPiece, patience.toNanos());
        return come.handleAsync(
                (done, failure) -> {
                    try (incoming) {
                        if (failure != null) {
                            throw new CompletionException(failure);
                        }
                        incoming.keep();
                        return null;
                    } catch (IOException e) {
                        throw new CompletionException(e);
                    }
                },
                disk);
    }

    /** A piece that comes later finds the incoming snapshot closed, which ends the fetch. */
    private void watch(CompletableFuture<Void> come, AtomicLong lastPiece, long waitNanos) {
        CompletableFuture.delayedExecutor(Math.max(waitNanos, 1_000_000), TimeUnit.NANOSECONDS, disk)
                .execute(() -> {
                    var left = lastPiece.get() + patience.toNanos() - System.nanoTime();
                    if (come.isDone()) {
                        return;
                    }
                    if (left > 0) {
                        watch(come, lastPiece, left);
                    } else {
                        come.completeExceptionally(new PeerException("nothing more of a snapshot has come", false));
                    }
                });
    }
}
