package io.engram.snapshot;

import java.io.ByteArrayOutputStream;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A snapshot that comes from elsewhere, byte by byte as it lies there. It is one only once {@link #keep} has found it whole,
 * and to be what was expected; closing it before that leaves nothing. For one thread at a time.
 */
public final class ReceivedSnapshot implements Closeable {
    private final SnapshotArchive archive;
    private final String log;
    private final SnapshotId id;
    private final int smallBytes;
    private final ByteArrayOutputStream small = new ByteArrayOutputStream(256);
    private SnapshotFiles.@Nullable Draft draft;

    /** @param smallBytes up to so many bytes go into a cell; -1 for a file in any case */
    ReceivedSnapshot(SnapshotArchive archive, String log, SnapshotId id, int smallBytes) {
        this.archive = archive;
        this.log = log;
        this.id = id;
        this.smallBytes = smallBytes;
    }

    /** Takes all that remains of {@code bytes}. */
    public void write(ByteBuffer bytes) throws IOException {
        if (draft == null && small.size() + bytes.remaining() <= smallBytes) {
            SnapshotArchive.copy(bytes, small);
        } else {
            file().write(bytes);
        }
    }

    private SnapshotFiles.Draft file() throws IOException {
        var known = draft;
        if (known == null) {
            known = archive.beginFile(log, id);
            draft = known;
            known.write(ByteBuffer.wrap(small.toByteArray()));
            small.reset();
        }
        return known;
    }

    /**
     * Makes it a snapshot of this node's. When this returns it is durable and was read back.
     *
     * @throws DamagedSnapshotException if it is not a whole snapshot of this log at this position; then it is none
     */
    public void keep(Position expected) throws IOException {
        var known = draft;
        if (known == null && smallBytes >= 0) {
            archive.keepCell(log, id, small.toByteArray(), expected);
        } else {
            archive.keepFile(file(), log, id, expected);
        }
    }

    @Override
    public void close() throws IOException {
        if (draft != null) {
            draft.close();
        }
    }
}
