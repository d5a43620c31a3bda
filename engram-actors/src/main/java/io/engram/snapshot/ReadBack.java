package io.engram.snapshot;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Reads a file that was just written from the disk itself and not from what the system still has in memory, so that it
 * shows what a later start will find. Where the file system cannot do that it reads as usual.
 */
final class ReadBack implements ReadableByteChannel {
    private static final int BUFFER_BYTES = 1 << 20;
    private static final Optional<OpenOption> DIRECT = direct();

    private final FileChannel channel;
    private final ByteBuffer buffer;
    private final int block;
    private final long size;
    private long position;

    ReadBack(Path file) throws IOException {
        channel = open(file);
        size = channel.size();
        block = Math.toIntExact(Math.max(4096, Files.getFileStore(file).getBlockSize()));
        buffer = ByteBuffer.allocateDirect(BUFFER_BYTES + block).alignedSlice(block);
        buffer.limit(BUFFER_BYTES).flip();
    }

    private static FileChannel open(Path file) throws IOException {
        if (DIRECT.isPresent()) {
            try {
                return FileChannel.open(file, StandardOpenOption.READ, DIRECT.get());
            } catch (UnsupportedOperationException | IOException e) {
                // Not on this file system.
                return FileChannel.open(file, StandardOpenOption.READ);
            }
        }
        return FileChannel.open(file, StandardOpenOption.READ);
    }

    /** The JDK's own option past the system's memory, which not every runtime has. */
    private static Optional<OpenOption> direct() {
        try {
            var options = Class.forName("com.sun.nio.file.ExtendedOpenOption").getEnumConstants();
            return Stream.of(options)
                    .filter(option -> option.toString().equals("DIRECT"))
                    .map(OpenOption.class::cast)
                    .findFirst();
        } catch (ClassNotFoundException e) {
            return Optional.empty();
        }
    }

    long size() {
        return size;
    }

    @Override
    public int read(ByteBuffer target) throws IOException {
        if (!buffer.hasRemaining() && !fill()) {
            return -1;
        }
        var some = Math.min(target.remaining(), buffer.remaining());
        target.put(buffer.slice(buffer.position(), some));
        buffer.position(buffer.position() + some);
        return some;
    }

    private boolean fill() throws IOException {
        if (position >= size) {
            return false;
        }
        buffer.clear().limit(BUFFER_BYTES);
        var read = channel.read(buffer, position);
        if (read <= 0) {
            return false;
        }
        // Where the system gave less than asked for, whole blocks of it: the next reading must begin at one.
        var whole = position + read >= size ? read : read / block * block;
        if (whole == 0) {
            throw new IOException("less than a block could be read back");
        }
        position += whole;
        buffer.position(0).limit(whole);
        return true;
    }

    @Override
    public boolean isOpen() {
        return channel.isOpen();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}
