package io.engram.snapshot;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.CRC32C;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Snapshots as files: a folder for each log, a file for each snapshot. A file is written under another name, forced, and
 * renamed, and the folder is forced, so that a snapshot is there whole or not at all. All methods block, and are safe for
 * any thread.
 *
 * <p>A file, big-endian: magic (8), version (1), sequence (8), timestamp (8), name's length (4), payload's length (4), name
 * in UTF-8, CRC32C of all that (4), payload, CRC32C of the payload (4).
 */
public final class SnapshotFiles {
    private static final Logger LOG = LoggerFactory.getLogger(SnapshotFiles.class);

    private static final long MAGIC = 0x454E_4752_534E_4150L;
    private static final byte VERSION = 1;
    private static final int FIXED_HEADER_BYTES = 8 + 1 + 8 + 8 + 4 + 4;
    private static final int SUM_BYTES = 4;
    private static final int READABLE_NAME_CHARS = 48;
    private static final String SUFFIX = ".snapshot";
    private static final String TEMPORARY_SUFFIX = ".tmp";
    private static final Pattern FILE_NAME = Pattern.compile("(\\d{19})-(\\d{19})\\.snapshot");

    /** Which snapshot. */
    public record Id(long sequence, long timestamp) implements Comparable<Id> {
        @Override
        public int compareTo(Id other) {
            return Comparator.comparingLong(Id::sequence)
                    .thenComparingLong(Id::timestamp)
                    .compare(this, other);
        }
    }

    /** A file that is not what was written. */
    public static final class DamagedSnapshotException extends IOException {
        DamagedSnapshotException(Path file, String reason) {
            super("the snapshot %s is damaged: %s".formatted(file, reason));
        }
    }

    private final Path root;
    private final AtomicLong temporaryNumber = new AtomicLong();

    /** @param root where the folders are; made when the first snapshot is saved */
    public SnapshotFiles(Path root) {
        this.root = root;
    }

    /** Saves a snapshot; it is durable when this returns. */
    public void save(String log, Id id, byte[] payload) throws IOException {
        var folder = folder(log);
        var temporary = folder.resolve(fileName(id) + "." + temporaryNumber.incrementAndGet() + TEMPORARY_SUFFIX);
        // Another thread may remove the folder as empty just now; then it is made again.
        for (var attempt = 0; ; attempt++) {
            makeFolders(folder);
            try {
                write(temporary, header(log, id, payload), payload);
                Files.move(
                        temporary,
                        folder.resolve(fileName(id)),
                        StandardCopyOption.ATOMIC_MOVE,
                        StandardCopyOption.REPLACE_EXISTING);
                forceFolder(folder);
                return;
            } catch (NoSuchFileException e) {
                if (attempt >= 10) {
                    throw e;
                }
            } finally {
                Files.deleteIfExists(temporary);
            }
        }
    }

    /** The snapshots of a log, newest first. */
    public List<Id> list(String log) throws IOException {
        try (var files = Files.list(folder(log))) {
            return files.flatMap(file -> idOf(file).stream())
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /**
     * Reads a snapshot; empty if there is none such (any more).
     *
     * @throws DamagedSnapshotException if it is not what was written
     */
    public Optional<byte[]> load(String log, Id id) throws IOException {
        var file = folder(log).resolve(fileName(id));
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(file);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        }
        try {
            return Optional.of(payload(file, log, id, bytes));
        } catch (BufferUnderflowException e) {
            throw new DamagedSnapshotException(file, "it is cut short");
        }
    }

    public void delete(String log, Id id) throws IOException {
        Files.deleteIfExists(folder(log).resolve(fileName(id)));
        removeIfEmpty(folder(log));
    }

    /** Removes all that was kept for a log, half-written files included. */
    public void deleteAll(String log) throws IOException {
        var folder = folder(log);
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                Files.deleteIfExists(file);
            }
        } catch (NoSuchFileException e) {
            return;
        }
        removeIfEmpty(folder);
        if (Files.isDirectory(root)) {
            forceFolder(root);
        }
    }

    /** Removes what a killed process left half written. To be called before anything is saved. */
    public void removeTemporaries() throws IOException {
        if (!Files.isDirectory(root)) {
            return;
        }
        try (var files = Files.walk(root, 2)) {
            for (var file : files.filter(path -> path.toString().endsWith(TEMPORARY_SUFFIX))
                    .toList()) {
                LOG.info("Removing {}, which was never finished.", file);
                Files.deleteIfExists(file);
                removeIfEmpty(file.resolveSibling(".").normalize());
            }
        }
    }

    /**
     * A log's folder: something that people can read, and a hash of the exact name that keeps names apart which differ only in
     * what a file system cannot hold or does not tell apart.
     */
    Path folder(String log) {
        var readable = log.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9_-]", "_");
        if (readable.length() > READABLE_NAME_CHARS) {
            readable = readable.substring(0, READABLE_NAME_CHARS);
        }
        try {
            var hash = MessageDigest.getInstance("SHA-256").digest(log.getBytes(StandardCharsets.UTF_8));
            return root.resolve(readable + "-" + HexFormat.of().formatHex(hash, 0, 16));
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every JVM has SHA-256", e);
        }
    }

    private static byte[] payload(Path file, String log, Id id, byte[] bytes) throws DamagedSnapshotException {
        var in = ByteBuffer.wrap(bytes);
        if (in.getLong() != MAGIC) {
            throw new DamagedSnapshotException(file, "it does not begin as a snapshot does");
        }
        var version = in.get();
        var sequence = in.getLong();
        var timestamp = in.getLong();
        var nameLength = in.getInt();
        var payloadLength = in.getInt();
        if (nameLength < 0 || nameLength > in.remaining() - SUM_BYTES) {
            throw new DamagedSnapshotException(file, "its header is damaged");
        }
        var name = new byte[nameLength];
        in.get(name);
        if (sum(bytes, 0, in.position()) != in.getInt()) {
            throw new DamagedSnapshotException(file, "its header's checksum is wrong");
        }
        if (version != VERSION) {
            throw new DamagedSnapshotException(file, "its version is %d".formatted(version));
        }
        if (sequence != id.sequence()
                || timestamp != id.timestamp()
                || !new String(name, StandardCharsets.UTF_8).equals(log)) {
            throw new DamagedSnapshotException(file, "it is another snapshot's");
        }
        if (payloadLength != in.remaining() - SUM_BYTES) {
            throw new DamagedSnapshotException(file, "it has %d bytes for %d".formatted(in.remaining(), payloadLength));
        }
        var start = in.position();
        var payload = new byte[payloadLength];
        in.get(payload);
        if (sum(bytes, start, payloadLength) != in.getInt()) {
            throw new DamagedSnapshotException(file, "its checksum is wrong");
        }
        return payload;
    }

    private static byte[] header(String log, Id id, byte[] payload) throws IOException {
        var name = log.getBytes(StandardCharsets.UTF_8);
        var bytes = new ByteArrayOutputStream(FIXED_HEADER_BYTES + name.length + SUM_BYTES);
        try (var out = new DataOutputStream(bytes)) {
            out.writeLong(MAGIC);
            out.writeByte(VERSION);
            out.writeLong(id.sequence());
            out.writeLong(id.timestamp());
            out.writeInt(name.length);
            out.writeInt(payload.length);
            out.write(name);
            out.writeInt(sum(bytes.toByteArray(), 0, bytes.size()));
        }
        return bytes.toByteArray();
    }

    private static void write(Path file, byte[] header, byte[] payload) throws IOException {
        try (var channel = FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            var sum = ByteBuffer.allocate(SUM_BYTES)
                    .putInt(sum(payload, 0, payload.length))
                    .flip();
            for (var part : List.of(ByteBuffer.wrap(header), ByteBuffer.wrap(payload), sum)) {
                while (part.hasRemaining()) {
                    channel.write(part);
                }
            }
            channel.force(true);
        }
    }

    /** Makes the folder, and makes its name durable in each folder above it that is new. */
    private static void makeFolders(Path folder) throws IOException {
        if (Files.isDirectory(folder)) {
            return;
        }
        var parent = folder.toAbsolutePath().getParent();
        if (parent != null) {
            makeFolders(parent);
            Files.createDirectories(folder);
            forceFolder(parent);
        }
    }

    private static void forceFolder(Path folder) throws IOException {
        if (System.getProperty("os.name").startsWith("Windows")) {
            // Windows has no such thing, and opens no folder as a file.
            return;
        }
        try (var channel = FileChannel.open(folder, StandardOpenOption.READ)) {
            channel.force(true);
        }
    }

    private static void removeIfEmpty(Path folder) throws IOException {
        try {
            Files.deleteIfExists(folder);
        } catch (DirectoryNotEmptyException e) {
            // In use.
            return;
        }
    }

    private static int sum(byte[] bytes, int offset, int length) {
        var sum = new CRC32C();
        sum.update(bytes, offset, length);
        return (int) sum.getValue();
    }

    private static String fileName(Id id) {
        return "%019d-%019d%s".formatted(id.sequence(), id.timestamp(), SUFFIX);
    }

    private static Optional<Id> idOf(Path file) {
        Matcher name = FILE_NAME.matcher(file.getFileName().toString());
        return name.matches()
                ? Optional.of(new Id(Long.parseLong(name.group(1)), Long.parseLong(name.group(2))))
                : Optional.empty();
    }
}
