package io.engram.snapshot;

import java.io.Closeable;
import java.io.IOException;
import java.nio.channels.ReadableByteChannel;

/**
 * The bytes of a snapshot as they lie on the disk, to be given to others, who check them.
 *
 * @param bytes how many there are
 */
public record StoredSnapshot(ReadableByteChannel channel, long bytes) implements Closeable {
    @Override
    public void close() throws IOException {
        channel.close();
    }
}
