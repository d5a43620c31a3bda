package io.engram.space;

import io.engram.memory.image.DamagedImageException;
import io.engram.memory.image.ImageSource;
import io.engram.snapshot.DamagedSnapshotException;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotDecoder;
import io.engram.snapshot.SnapshotSource;
import java.io.IOException;
import java.nio.ByteBuffer;

/** Makes spaces of snapshots; named in the node's settings, for the snapshot store. */
public final class SpaceSnapshotDecoder implements SnapshotDecoder {
    @Override
    public String manifest() {
        return SpaceImages.MANIFEST;
    }

    @Override
    public Object read(Position position, SnapshotSource source) throws IOException {
        try {
            return SpaceImages.read(position, new ImageSource() {
                @Override
                public ByteBuffer next() throws IOException {
                    return source.next();
                }

                @Override
                public long atMost() {
                    return source.atMost();
                }
            });
        } catch (DamagedImageException e) {
            var damage = new DamagedSnapshotException(String.valueOf(e.getMessage()));
            damage.initCause(e);
            throw damage;
        }
    }
}
