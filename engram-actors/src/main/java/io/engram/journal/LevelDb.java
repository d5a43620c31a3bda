package io.engram.journal;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReadWriteLock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.DBException;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.Range;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.WriteOptions;

/**
 * LevelDB behind its native interface. The native code does not survive a call after its database was closed, so every
 * call holds the shared half of a lock whose other half closing takes.
 */
final class LevelDb implements OrderedStore {
    private static final int BLOCK_CACHE_BYTES = 16 * 1024 * 1024;

    private final DB db;
    private final ReadWriteLock lock = new ReentrantReadWriteLock();
    private boolean closed;

    private LevelDb(DB db) {
        this.db = db;
    }

    static LevelDb open(Path folder, int writeBufferBytes) throws IOException {
        // Compression is a property of each open, not of the folder: the library's default would need Snappy later.
        var options = new Options()
                .createIfMissing(true)
                .compressionType(CompressionType.NONE)
                .paranoidChecks(true)
                .verifyChecksums(true)
                .cacheSize(BLOCK_CACHE_BYTES)
                .writeBufferSize(writeBufferBytes);
        return new LevelDb(JniDBFactory.factory.open(folder.toFile(), options));
    }

    @Override
    public Optional<byte[]> get(byte[] key) {
        return shared(() -> Optional.ofNullable(db.get(key, readOptions(true))));
    }

    @Override
    public void write(Batch batch, boolean force) {
        shared(() -> {
            try (var nativeBatch = db.createWriteBatch()) {
                for (var change : batch.changes()) {
                    var value = change.value();
                    if (value == null) {
                        nativeBatch.delete(change.key());
                    } else {
                        nativeBatch.put(change.key(), value);
                    }
                }
                db.write(nativeBatch, new WriteOptions().sync(force));
            } catch (IOException e) {
                throw new DBException(e);
            }
            return true;
        });
    }

    @Override
    public void scan(byte[] from, byte[] to, Visitor visitor) {
        shared(() -> {
            try (var iterator = db.iterator(readOptions(false))) {
                iterator.seek(from);
                while (iterator.hasNext()) {
                    Map.Entry<byte[], byte[]> entry = iterator.next();
                    if (Arrays.compareUnsigned(entry.getKey(), to) >= 0
                            || !visitor.visit(entry.getKey(), entry.getValue())) {
                        break;
                    }
                }
            } catch (IOException e) {
                throw new DBException(e);
            }
            return true;
        });
    }

    @Override
    public Optional<byte[]> lastKeyBefore(byte[] key) {
        return shared(() -> {
            try (var iterator = db.iterator(readOptions(true))) {
                iterator.seek(key);
                if (!iterator.hasNext()) {
                    throw new DBException("the entry that guards the end of the database is missing");
                }
                return iterator.hasPrev() ? Optional.of(iterator.peekPrev().getKey()) : Optional.<byte[]>empty();
            } catch (IOException e) {
                throw new DBException(e);
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
    public void close() {
        lock.writeLock().lock();
        try {
            if (!closed) {
                closed = true;
                db.close();
            }
        } catch (IOException e) {
            throw new DBException(e);
        } finally {
            lock.writeLock().unlock();
        }
    }

    private <T> T shared(Supplier<T> call) {
        lock.readLock().lock();
        try {
            if (closed) {
                throw new LogClosedException("the log is closed");
            }
            return call.get();
        } finally {
            lock.readLock().unlock();
        }
    }

    /** A long scan would push everything else out of the cache. */
    private static ReadOptions readOptions(boolean fillCache) {
        return new ReadOptions().verifyChecksums(true).fillCache(fillCache);
    }
}
