package io.engram.embedding;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/** Copies resources of the class path to files that outlive the process. */
final class Unpacker {
    private Unpacker() {}

    /**
     * Makes {@code file} equal to the resource unless it is already; a reader sees the old file or the new one, also
     * after a power cut. Its folder must exist.
     */
    static void unpack(URL resource, Path file) throws IOException {
        if (Files.isRegularFile(file) && checksum(file) == checksum(resource)) {
            return;
        }
        try (var in = resource.openStream()) {
            copy(in, file);
        }
    }

    /** As {@link #unpack}, whatever is there. */
    static void write(byte[] content, Path file) throws IOException {
        copy(new ByteArrayInputStream(content), file);
    }

    private static void copy(InputStream in, Path file) throws IOException {
        var folder = file.toAbsolutePath().getParent();
        var partial = Files.createTempFile(folder, String.valueOf(file.getFileName()), ".partial");
        try {
            Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
            // Without this a power cut could leave a file of the right name and length full of zeros.
            try (var channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            move(partial, file);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static long checksum(Path file) throws IOException {
        try (var in = Files.newInputStream(file)) {
            return checksum(in);
        }
    }

    /** A jar's directory knows the sum; elsewhere the bytes must be read. */
    private static long checksum(URL resource) throws IOException {
        if (resource.openConnection() instanceof JarURLConnection jar) {
            return jar.getJarEntry().getCrc();
        }
        try (var in = resource.openStream()) {
            return checksum(in);
        }
    }

    private static long checksum(InputStream in) throws IOException {
        var sum = new CRC32();
        var buffer = new byte[1 << 16];
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
            sum.update(buffer, 0, n);
        }
        return sum.getValue();
    }
}
