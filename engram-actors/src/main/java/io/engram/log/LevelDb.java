package io.engram.log;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBException;
import org.iq80.leveldb.DBIterator;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.Range;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.WriteBatch;
import org.iq80.leveldb.WriteOptions;

/**
 * LevelDB behind its native interface. The native code does not survive a call after its database was closed, so every
 * call holds the shared half of a lock whose other half closing takes.
 */
final class LevelDb implements OrderedStore {
    private static final int BLOCK_CACHE_BYTES = 16 * 1024 * 1024;
    /** Only these fill the cache: a long scan would push everything else out of it. */
    private static final ReadOptions SINGLE_READ =
            new ReadOptions().verifyChecksums(true).fillCache(true);

    /** Something done to the folder. */
    @FunctionalInterface
    interface Check {
        void run() throws IOException;
    }

    private final Path folder;
    private final int writeBufferBytes;
    private final Check beforeReopening;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private DB db;
    private boolean closed;

    private LevelDb(Path folder, int writeBufferBytes, Check beforeReopening, DB db) {
        this.folder = folder;
        this.writeBufferBytes = writeBufferBytes;
        this.beforeReopening = beforeReopening;
        this.db = db;
    }

    static LevelDb open(Path folder, int writeBufferBytes) throws IOException {
        return open(folder, writeBufferBytes, () -> {});
    }

    /** @param beforeReopening sets the folder right while nobody has it open */
    static LevelDb open(Path folder, int writeBufferBytes, Check beforeReopening) throws IOException {
        return new LevelDb(folder, writeBufferBytes, beforeReopening, openNative(folder, writeBufferBytes));
    }

    private static DB openNative(Path folder, int writeBufferBytes) throws IOException {
        // Compression is a property of each open, not of the folder: the library's default would need Snappy later.
        var options = new Options()
                .createIfMissing(true)
                .compressionType(CompressionType.NONE)
                .paranoidChecks(true)
                .verifyChecksums(true)
                .cacheSize(BLOCK_CACHE_BYTES)
                .writeBufferSize(writeBufferBytes);
        return JniDBFactory.factory.open(folder.toFile(), options);
    }

    /** Changes in LevelDB's own memory. */
    private record NativeBatch(WriteBatch changes, AtomicInteger count) implements Batch {
        @Override
        public void put(byte[] key, byte[] value) {
            changes.put(key, value);
            count.incrementAndGet();
        }

        @Override
        public void delete(byte[] key) {
            changes.delete(key);
            count.incrementAndGet();
        }

        @Override
        public int size() {
            return count.get();
        }

        @Override
        public void close() {
            try {
                changes.close();
            } catch (IOException e) {
                throw DatabaseException.of(e);
            }
        }
    }

    @Override
    public Batch newBatch() {
        return shared(() -> new NativeBatch(db.createWriteBatch(), new AtomicInteger()));
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        return shared(() -> Optional.ofNullable(db.get(key, SINGLE_READ)));
    }

    @Override
    public void write(Batch batch, boolean force) {
        if (!(batch instanceof NativeBatch own)) {
            throw new IllegalArgumentException("the batch is of another store");
        }
        shared(() -> {
            db.write(own.changes(), new WriteOptions().sync(force));
            return true;
        });
    }

    @Override
    public void scan(byte[] from, byte[] to, Visitor visitor) {
        scan(from, to, visitor, new ReadOptions().verifyChecksums(true).fillCache(false));
    }

    /** LevelDB's sum is made in software and costs more than all the rest of reading an entry of a kilobyte. */
    @Override
    public void scanChecked(byte[] from, byte[] to, Visitor visitor) {
        scan(from, to, visitor, new ReadOptions().verifyChecksums(false).fillCache(false));
    }

    private void scan(byte[] from, byte[] to, Visitor visitor, ReadOptions options) {
        lock.readLock().lock();
        try (var iterator = openIterator(from, options)) {
            while (hasNext(iterator)) {
                var entry = next(iterator);
                // The visitor's own exceptions are none of the database's, and pass as they are.
                if (Arrays.compareUnsigned(entry.getKey(), to) >= 0
                        || !visitor.visit(entry.getKey(), entry.getValue())) {
                    break;
                }
            }
        } catch (IOException e) {
            throw DatabaseException.of(e);
        } finally {
            lock.readLock().unlock();
        }
    }

    private static boolean hasNext(DBIterator iterator) {
        try {
            return iterator.hasNext();
        } catch (RuntimeException e) {
            throw DatabaseException.of(e);
        }
    }

    private static Map.Entry<byte[], byte[]> next(DBIterator iterator) {
        try {
            return iterator.next();
        } catch (RuntimeException e) {
            throw DatabaseException.of(e);
        }
    }

    private DBIterator openIterator(byte[] from, ReadOptions options) {
        return shared(() -> {
            var iterator = db.iterator(options);
            try {
                iterator.seek(from);
                return iterator;
            } catch (RuntimeException e) {
                iterator.close();
                throw e;
            }
        });
    }

    @Override
    public Optional<byte[]> lastKeyBefore(byte[] key) {
        return shared(() -> {
            try (var iterator = openIterator(key, SINGLE_READ)) {
                if (!iterator.hasNext()) {
                    throw new DBException("the entry that guards the end of the database is missing");
                }
                return iterator.hasPrev() ? Optional.of(iterator.peekPrev().getKey()) : Optional.<byte[]>empty();
            }
        });
    }

    @Override
    public long approximateBytes(byte[] from, byte[] to) {
        return shared(() -> db.getApproximateSizes(new Range(from, to))[0]);
    }

    @Override
    public void compact(byte[] from, byte[] to) {
        shared(() -> {
            db.compactRange(from, to);
            return true;
        });
    }

    @Override
    public void reopen() {
        lock.writeLock().lock();
        try {
            if (closed) {
                throw new LogClosedException("the log is closed");
            }
            closed = true;
            db.close();
            beforeReopening.run();
            db = openNative(folder, writeBufferBytes);
            closed = false;
        } catch (IOException e) {
            throw DatabaseException.of(e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    @Override
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                db.close();
            }
        } catch (IOException e) {
            throw DatabaseException.of(e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T> T shared(Callable<T> call) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new LogClosedException("the log is closed");
            }
            return call.call();
        } catch (LogClosedException | DatabaseException e) {
            throw e;
        } catch (Exception e) {
            // The native interface throws DBException here and plain RuntimeException there.
            throw DatabaseException.of(e);
        } finally {
            lock.readLock().unlock();
        }
    }
}
