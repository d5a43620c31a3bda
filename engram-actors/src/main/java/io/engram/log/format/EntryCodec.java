package io.engram.log.format;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * An entry's bytes, big-endian:
 *
 * <pre>
 * version (1, now 2)  flags (1, now 0)
 * log number (8)  index (8)  epoch (8)
 * content (n)
 * digest (8)  time, microseconds since 1970 (8)  running checksum (8)
 * seal (4): CRC-32C over version, flags, log number, digest, time, checksum
 * </pre>
 *
 * Whoever appends makes the draft, which is where the work is; the writer, who alone knows what came before, seals it.
 */
public final class EntryCodec {
    public static final byte VERSION = 2;

    private static final int PLACE = 2 + 8;
    private static final int CONTENT = PLACE + 8 + 8;
    private static final int TRAILER_BYTES = 8 + 8 + 8 + 4;
    /** What an entry's value has besides its content. */
    public static final int OVERHEAD_BYTES = CONTENT + TRAILER_BYTES;

    private EntryCodec() {}

    /** An entry that is whole but for its time, its checksum and its seal. */
    public static byte[] draft(long log, long index, long epoch, byte[] content) {
        var buffer = ByteBuffer.allocate(OVERHEAD_BYTES + content.length);
        buffer.put(VERSION)
                .put((byte) 0)
                .putLong(log)
                .putLong(index)
                .putLong(epoch)
                .put(content);
        return buffer.putLong(Checksums.digest(buffer.array(), PLACE, buffer.position() - PLACE))
                .array();
    }

    /** Completes a draft in place and returns the running checksum with it. */
    public static long seal(byte[] draft, long timeMicros, long checksumBefore) {
        var trailer = draft.length - TRAILER_BYTES;
        var digest = ByteBuffer.wrap(draft).getLong(trailer);
        var checksum = Checksums.next(checksumBefore, digest, timeMicros);
        sealAs(draft, timeMicros, checksum);
        return checksum;
    }

    /** Completes a draft in place for an entry whose running checksum is known. */
    public static void sealAs(byte[] draft, long timeMicros, long checksum) {
        var buffer = ByteBuffer.wrap(draft);
        var trailer = draft.length - TRAILER_BYTES;
        buffer.putLong(trailer + 8, timeMicros).putLong(trailer + 16, checksum).putInt(trailer + 24, sum(draft));
    }

    /**
     * Reads a value and holds it against its place. Whether its checksum follows from the entry before is the caller's to
     * see, by {@link Checksums#next}.
     */
    public static Entry read(byte[] key, byte[] value) throws BadValueException {
        var entry = read(value);
        if (!Keys.isEntry(key) || entry.log() != Keys.numberOf(key) || entry.index() != Keys.indexOf(key)) {
            throw new BadValueException(
                    "the entry belongs to log number %d, index %d".formatted(entry.log(), entry.index()));
        }
        return entry;
    }

    /** Reads a value wherever it was found. */
    public static Entry read(byte[] value) throws BadValueException {
        if (value.length < OVERHEAD_BYTES) {
            throw new BadValueException("the entry is cut short, %d bytes".formatted(value.length));
        }
        var buffer = ByteBuffer.wrap(value);
        var trailer = value.length - TRAILER_BYTES;
        var digest = Checksums.digest(value, PLACE, trailer - PLACE);
        if (digest != buffer.getLong(trailer)) {
            throw new BadValueException("the content's checksum is %016x, but %016x was written"
                    .formatted(digest, buffer.getLong(trailer)));
        }
        if (sum(value) != buffer.getInt(trailer + 24)) {
            throw new BadValueException("the entry's seal is wrong");
        }
        if (value[0] != VERSION) {
            throw new BadValueException(
                    "the entry's version is %d, this program knows %d".formatted(value[0], VERSION));
        }
        if (value[1] != 0) {
            throw new BadValueException("the entry has unknown flags %02x".formatted(value[1]));
        }
        var content = new byte[trailer - CONTENT];
        buffer.get(CONTENT, content);
        return new Entry(
                buffer.getLong(2),
                buffer.getLong(PLACE),
                buffer.getLong(PLACE + 8),
                content,
                digest,
                buffer.getLong(trailer + 8),
                buffer.getLong(trailer + 16));
    }

    private static int sum(byte[] value) {
        var sum = new CRC32C();
        sum.update(value, 0, PLACE);
        sum.update(value, value.length - TRAILER_BYTES, TRAILER_BYTES - 4);
        return (int) sum.getValue();
    }
}
