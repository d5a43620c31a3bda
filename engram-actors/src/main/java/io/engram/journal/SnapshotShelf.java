package io.engram.journal;

import io.engram.log.LogStore;
import io.engram.log.format.LogPoint;
import io.engram.snapshot.Position;
import io.engram.snapshot.ReceivedSnapshot;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotId;
import io.engram.snapshot.SnapshotTidying;
import io.engram.snapshot.StoredSnapshot;
import java.io.Closeable;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of a node's logs as other nodes want and bring them: each named by its log and the point at which it stands,
 * which is the same on every node. A snapshot travels byte by byte as it lies on the disk; whoever takes it checks all of it.
 * Methods block on the disk, and are safe for any thread.
 *
 * <p>What travels, in pieces: first when the snapshot was taken (8 bytes, ms since 1970) and its length (8), then its bytes.
 */
public final class SnapshotShelf {
    private static final int HEAD_BYTES = 16;

    private final LogStore store;
    private final SnapshotArchive archive;
    private final SnapshotTidying tidying;
    private final SnapshotReports reports;
    private final BackgroundSaves saves;

    SnapshotShelf(
            LogStore store,
            SnapshotArchive archive,
            SnapshotTidying tidying,
            SnapshotReports reports,
            BackgroundSaves saves) {
        this.store = store;
        this.archive = archive;
        this.tidying = tidying;
        this.reports = reports;
        this.saves = saves;
    }

    /** The newest good snapshot that stands at a point of the log here. */
    public Optional<LogPoint> newest(String log) {
        var reads = store.evenDamaged();
        try {
            for (var id : archive.list(log)) {
                var point = reads.point(log, id.index());
                if (point.isPresent() && isGoodAt(log, id, point.get())) {
                    return point;
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("the snapshots of '%s' cannot be read".formatted(log), e);
        }
    }

    /** Whether a good snapshot at this point is here, whether or not the log has come so far. */
    public boolean has(String log, LogPoint point) {
        return find(log, point).isPresent();
    }

    private Optional<SnapshotId> find(String log, LogPoint point) {
        try {
            for (var id : archive.list(log)) {
                if (id.index() == point.index() && isGoodAt(log, id, point)) {
                    return Optional.of(id);
                }
            }
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException("the snapshots of '%s' cannot be read".formatted(log), e);
        }
    }

    private boolean isGoodAt(String log, SnapshotId id, LogPoint point) throws IOException {
        if (!archive.position(log, id).equals(Optional.of(position(point)))) {
            return false;
        }
        var damage = archive.damage(log, id);
        damage.ifPresent(reason -> reports.foundDamaged(log, id, reason));
        return damage.isEmpty();
    }

    private static Position position(LogPoint point) {
        return new Position(point.index(), point.epoch(), point.checksum());
    }

    /**
     * Gives a snapshot away; empty if there is no good one at this point.
     *
     * @param pieceBytes the most bytes of a piece
     */
    public Optional<Pieces> give(String log, LogPoint point, int pieceBytes) {
        var id = find(log, point);
        try {
            var stored = id.isPresent() ? archive.open(log, id.get()) : Optional.<StoredSnapshot>empty();
            return stored.map(each -> new Pieces(id.get(), each, pieceBytes));
        } catch (IOException e) {
            throw new UncheckedIOException("a snapshot of '%s' cannot be read".formatted(log), e);
        }
    }

    /** A snapshot on its way to somebody. To be closed. For one thread at a time. */
    public static final class Pieces implements Iterator<byte[]>, AutoCloseable {
        private final SnapshotId id;
        private final StoredSnapshot stored;
        private final ByteBuffer buffer;
        private boolean begun;
        private long left;

        private Pieces(SnapshotId id, StoredSnapshot stored, int pieceBytes) {
            this.id = id;
            this.stored = stored;
            this.left = stored.bytes();
            this.buffer = ByteBuffer.allocate((int) Math.clamp(left, 1, pieceBytes));
        }

        @Override
        public boolean hasNext() {
            return !begun || left > 0;
        }

        @Override
        public byte[] next() {
            if (!begun) {
                begun = true;
                return ByteBuffer.allocate(HEAD_BYTES)
                        .putLong(id.timestamp())
                        .putLong(left)
                        .array();
            }
            if (left <= 0) {
                throw new NoSuchElementException();
            }
            buffer.clear().limit((int) Math.min(buffer.capacity(), left));
            try {
                while (buffer.hasRemaining()) {
                    if (stored.channel().read(buffer) < 0) {
                        throw new IOException("it is shorter than it was");
                    }
                }
            } catch (IOException e) {
                throw new UncheckedIOException("a snapshot cannot be read to its end", e);
            }
            var piece = new byte[buffer.flip().remaining()];
            buffer.get(piece);
            left -= piece.length;
            return piece;
        }

        @Override
        public void close() throws IOException {
            stored.close();
        }
    }

    /** Takes a snapshot from somebody, who says that it stands at this point. */
    public Incoming take(String log, LogPoint point) {
        return new Incoming(log, point);
    }

    /** A snapshot on its way to this node. To be closed; it is here only if {@link #keep} was done. */
    public final class Incoming implements Closeable {
        private final String log;
        private final LogPoint point;
        private @Nullable ReceivedSnapshot received;
        private long left;
        private boolean closed;

        private Incoming(String log, LogPoint point) {
            this.log = log;
            this.point = point;
        }

        /** @throws UncheckedIOException if it is no piece of a snapshot, or cannot be written */
        public synchronized void piece(byte[] bytes) {
            try {
                if (closed) {
                    throw new IOException("nobody waits for it any more");
                }
                var known = received;
                if (known == null) {
                    begin(bytes);
                } else if (bytes.length > left) {
                    throw new IOException("more comes than was said");
                } else {
                    left -= bytes.length;
                    known.write(ByteBuffer.wrap(bytes));
                }
            } catch (IOException e) {
                throw new UncheckedIOException("a snapshot of '%s' cannot be taken".formatted(log), e);
            }
        }

        private void begin(byte[] head) throws IOException {
            var numbers = ByteBuffer.wrap(head);
            if (head.length != HEAD_BYTES || numbers.getLong(0) < 0 || numbers.getLong(8) <= 0) {
                throw new IOException("it does not begin as a snapshot on its way does");
            }
            left = numbers.getLong(8);
            // A log in which there is damage takes no small values.
            var asFile = store.quarantined(log).isPresent();
            received = archive.receive(log, new SnapshotId(point.index(), numbers.getLong(0)), asFile);
        }

        /**
         * Makes it a snapshot of this node's: when this returns it is durable and was read back.
         *
         * @throws IOException if it is not a whole snapshot of this log at this point, or cannot be written
         */
        public synchronized void keep() throws IOException {
            var known = received;
            if (closed || known == null || left != 0) {
                throw new IOException(
                        "the snapshot of '%s' up to %d did not come to its end".formatted(log, point.index()));
            }
            known.keep(position(point));
        }

        @Override
        public synchronized void close() throws IOException {
            closed = true;
            if (received != null) {
                received.close();
            }
        }
    }

    /**
     * Removes all snapshots of a log that is gone, once none of it is being saved any more; nothing if the log is there again.
     * Those that are kept with the log have gone with it.
     *
     * @param disk where the disk may be waited for
     */
    public CompletionStage<Void> forget(String log, Executor disk) {
        return saves.settle(log)
                .thenRunAsync(
                        () -> {
                            reports.forget(log);
                            if (store.logs(log, "", 1).contains(log)) {
                                return;
                            }
                            try {
                                archive.deleteAll(log);
                            } catch (IOException e) {
                                throw new UncheckedIOException(
                                        "the snapshots of '%s' cannot be removed".formatted(log), e);
                            }
                        },
                        disk);
    }

    /** Removes what newer snapshots of a log make superfluous, as after one was saved here. */
    public void tidy(String log) {
        tidying.tidy(log);
    }
}
