package io.engram.log;

import java.util.Arrays;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * A database that says "on the disk" first and writes later: everything is served from memory, and gets to the real
 * database some milliseconds behind the answer. A killed process alone would not show that a force came too late, since
 * the system keeps what was written; here it was not even written.
 */
final class LateStore implements OrderedStore {
    private static final byte RECORD = 0x03;
    private static final long BEHIND_MS = 20;

    private record Write(ListBatch batch, boolean force) {}

    private final OrderedStore store;
    private final TreeMap<byte[], byte[]> memory = new TreeMap<>(Arrays::compareUnsigned);
    private final LinkedBlockingQueue<Write> later = new LinkedBlockingQueue<>();
    private final Thread writer;

    LateStore(OrderedStore store) {
        this.store = store;
        store.scan(new byte[0], new byte[] {(byte) 0xFF, 0}, (key, value) -> {
            memory.put(key, value);
            return true;
        });
        writer = Thread.ofPlatform().daemon().start(this::writeLate);
    }

    /** The other fault: what was written last in one of the logs is gone when the database is opened. */
    static OrderedStore withoutLastRecord(OrderedStore store) {
        var guard = new byte[] {(byte) 0xFF};
        if (store.get(guard).isPresent()) {
            store.lastKeyBefore(new byte[] {RECORD + 1})
                    .filter(key -> key[0] == RECORD)
                    .ifPresent(key -> {
                        try (var batch = store.newBatch()) {
                            batch.delete(key);
                            store.write(batch, true);
                        }
                    });
        }
        return store;
    }

    private void writeLate() {
        try {
            while (true) {
                var write = later.take();
                Thread.sleep(BEHIND_MS);
                pass(write);
            }
        } catch (InterruptedException e) {
            // Closed: the rest is written at once.
            for (var write = later.poll(); write != null; write = later.poll()) {
                pass(write);
            }
        }
    }

    private void pass(Write write) {
        try (var batch = store.newBatch()) {
            for (var change : write.batch().changes()) {
                var value = change.value();
                if (value == null) {
                    batch.delete(change.key());
                } else {
                    batch.put(change.key(), value);
                }
            }
            store.write(batch, write.force());
        }
    }

    @Override
    public Batch newBatch() {
        return new ListBatch();
    }

    @Override
    public void reopen() {
        throw new UnsupportedOperationException("nothing fails here");
    }

    @Override
    public synchronized void write(Batch given, boolean force) {
        var batch = (ListBatch) given;
        for (var change : batch.changes()) {
            var value = change.value();
            if (value == null) {
                memory.remove(change.key());
            } else {
                memory.put(change.key(), value);
            }
        }
        later.add(new Write(batch, force));
    }

    @Override
    public synchronized Optional<byte[]> get(byte[] key) {
        return Optional.ofNullable(memory.get(key));
    }

    @Override
    public synchronized void scan(byte[] from, byte[] to, Visitor visitor) {
        for (var entry : memory.subMap(from, to).entrySet()) {
            if (!visitor.visit(entry.getKey(), entry.getValue())) {
                return;
            }
        }
    }

    @Override
    public synchronized Optional<byte[]> lastKeyBefore(byte[] key) {
        return Optional.ofNullable(memory.lowerKey(key));
    }

    @Override
    public long approximateBytes(byte[] from, byte[] to) {
        return 0;
    }

    @Override
    public void compact(byte[] from, byte[] to) {}

    @Override
    public void close() {
        writer.interrupt();
        try {
            writer.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        store.close();
    }
}
