package io.engram.journal;

import io.engram.snapshot.DamagedSnapshotException;
import io.engram.snapshot.SnapshotSource;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;

/** A content of which the beginning is taken out first, by its length. */
final class PrefixedSource implements SnapshotSource {
    private final SnapshotSource source;
    private ByteBuffer piece = ByteBuffer.allocate(0);

    PrefixedSource(SnapshotSource source) {
        this.source = source;
    }

    /** The next {@code length} bytes. */
    ByteBuffer take(int length) throws IOException {
        if (length < 0 || length > piece.remaining() + source.atMost()) {
            throw new DamagedSnapshotException("it says that %d bytes follow".formatted(length));
        }
        var taken = ByteBuffer.allocate(length);
        while (taken.hasRemaining()) {
            if (!piece.hasRemaining()) {
                piece = source.next();
                if (!piece.hasRemaining()) {
                    throw new DamagedSnapshotException("it is cut short");
                }
            }
            var some = Math.min(taken.remaining(), piece.remaining());
            taken.put(piece.slice(piece.position(), some));
            piece.position(piece.position() + some);
        }
        return taken.flip();
    }

    /** All that is left. */
    ByteBuffer rest() throws IOException {
        var rest = new ByteArrayOutputStream();
        for (var next = next(); next.hasRemaining(); next = next()) {
            var bytes = new byte[next.remaining()];
            next.get(bytes);
            rest.writeBytes(bytes);
        }
        return ByteBuffer.wrap(rest.toByteArray());
    }

    @Override
    public ByteBuffer next() throws IOException {
        if (!piece.hasRemaining()) {
            return source.next();
        }
        var given = piece;
        piece = ByteBuffer.allocate(0);
        return given;
    }

    @Override
    public long atMost() {
        return piece.remaining() + source.atMost();
    }
}
