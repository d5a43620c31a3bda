package io.engram.log;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A database whose forced writes wait for the test, are counted, and fail on demand. */
final class GatedStore implements OrderedStore {
    private final OrderedStore store;
    final Semaphore waiting = new Semaphore(0);
    private final Semaphore gate;
    /** Thrown by the next forced write. */
    final AtomicReference<@Nullable RuntimeException> failNext = new AtomicReference<>();
    /** Thrown by the next write that is not forced: those remove records. */
    final AtomicReference<@Nullable RuntimeException> failNextRemoval = new AtomicReference<>();

    /** What happens to the files before the database is opened anew. */
    final AtomicReference<Runnable> beforeReopening = new AtomicReference<>(() -> {});
    /** What happens to the database right after that. */
    final AtomicReference<Consumer<OrderedStore>> afterReopening = new AtomicReference<>(_ -> {});

    private final List<Integer> forcedWrites = new ArrayList<>();

    /** @param open how many forced writes pass by themselves */
    GatedStore(OrderedStore store, int open) {
        this.store = store;
        this.gate = new Semaphore(open);
    }

    void pass(int writes) {
        gate.release(writes);
    }

    /** The number of changes in each forced write. */
    synchronized List<Integer> forcedWrites() {
        return List.copyOf(forcedWrites);
    }

    @Override
    public void write(Batch batch, boolean force) {
        if (force) {
            waiting.release();
            gate.acquireUninterruptibly();
            synchronized (this) {
                forcedWrites.add(batch.size());
            }
        }
        var failure = (force ? failNext : failNextRemoval).getAndSet(null);
        if (failure != null) {
            throw failure;
        }
        store.write(batch, force);
    }

    @Override
    public Batch newBatch() {
        return store.newBatch();
    }

    @Override
    public void reopen() {
        beforeReopening.get().run();
        store.reopen();
        afterReopening.get().accept(store);
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        return store.get(key);
    }

    @Override
    public void scan(byte[] from, byte[] to, Visitor visitor) {
        store.scan(from, to, visitor);
    }

    @Override
    public Optional<byte[]> lastKeyBefore(byte[] key) {
        return store.lastKeyBefore(key);
    }

    @Override
    public long approximateBytes(byte[] from, byte[] to) {
        return store.approximateBytes(from, to);
    }

    @Override
    public void compact(byte[] from, byte[] to) {
        store.compact(from, to);
    }

    @Override
    public void close() {
        store.close();
    }
}
