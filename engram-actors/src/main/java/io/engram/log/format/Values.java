package io.engram.log.format;

import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The small values beside the entries. Each is version (1, now 2), body, CRC-32C (4) over its key and everything before
 * the sum, so that a value is right only in its own place. A text is its length in bytes (4) and its UTF-8.
 */
public final class Values {
    public static final byte VERSION = 2;

    private static final int SUM_BYTES = 4;
    /** What a small value has besides its body. */
    public static final int OVERHEAD_BYTES = 1 + SUM_BYTES;

    private Values() {}

    /** The folder's header: the next log number. */
    public static byte[] header(long nextNumber) {
        return numbers(Keys.HEADER, nextNumber);
    }

    public static long header(byte[] value) throws BadValueException {
        return numbers(Keys.HEADER, value, 1)[0];
    }

    public static byte[] guard() {
        return numbers(Keys.GUARD);
    }

    /**
     * What stands under a log's number.
     *
     * @param name the log's name
     * @param base where its entries begin: the last point that was truncated away
     */
    public record Root(String name, LogPoint base) {}

    public static byte[] root(long number, Root root) {
        var name = root.name().getBytes(StandardCharsets.UTF_8);
        var body = ByteBuffer.allocate(4 + name.length + 4 * 8);
        putText(body, name);
        putPoint(body, root.base());
        return wrap(Keys.root(number), body.array());
    }

    public static Root root(byte[] key, byte[] value) throws BadValueException {
        return read(key, value, body -> new Root(text(body), point(body)));
    }

    /**
     * What one forced write did to a log.
     *
     * @param log its number
     * @param last its last index afterwards; {@link #DROPPED} if it was dropped
     */
    public record Touched(long log, long last) {
        public static final long DROPPED = -1;
    }

    /**
     * The note in each forced write that changes logs: its number, and which logs it and the one before it touched. With it, a
     * write of which nothing can be read any more is missed by the next one, and the logs concerned are known.
     */
    public record Commit(long number, List<Touched> previous, List<Touched> own) {
        public Commit {
            previous = List.copyOf(previous);
            own = List.copyOf(own);
        }
    }

    public static byte[] commit(Commit commit) {
        var body = ByteBuffer.allocate(
                8 + 4 + 4 + 16 * (commit.previous().size() + commit.own().size()));
        body.putLong(commit.number());
        putTouched(body, commit.previous());
        putTouched(body, commit.own());
        return wrap(Keys.COMMIT, body.array());
    }

    public static Commit commit(byte[] value) throws BadValueException {
        return read(Keys.COMMIT, value, body -> new Commit(body.getLong(), touched(body), touched(body)));
    }

    /**
     * Entries of a log that cannot be read.
     *
     * @param first the first index, or 0 if the log's own values are meant
     * @param last the last index that may be concerned
     * @param cause in words, for people
     */
    public record Lost(long first, long last, String cause) {}

    public static byte[] damage(long number, List<Lost> lost) {
        var size = 4;
        for (var each : lost) {
            size += 16 + 4 + each.cause().getBytes(StandardCharsets.UTF_8).length;
        }
        var body = ByteBuffer.allocate(size).putInt(lost.size());
        for (var each : lost) {
            body.putLong(each.first()).putLong(each.last());
            putText(body, each.cause().getBytes(StandardCharsets.UTF_8));
        }
        return wrap(Keys.damage(number), body.array());
    }

    public static List<Lost> damage(byte[] key, byte[] value) throws BadValueException {
        return read(key, value, body -> {
            var lost = new ArrayList<Lost>();
            for (var left = body.getInt(); left > 0; left--) {
                lost.add(new Lost(body.getLong(), body.getLong(), text(body)));
            }
            return List.copyOf(lost);
        });
    }

    /**
     * What replication keeps of a log, beside its entries.
     *
     * @param promised the epoch below which nothing may be appended
     * @param replicas who has copies
     * @param forward where the log went, if it was handed over
     */
    public record Meta(long promised, List<String> replicas, Optional<String> forward) {
        public static final Meta NONE = new Meta(0, List.of(), Optional.empty());

        public Meta {
            replicas = List.copyOf(replicas);
        }
    }

    public static byte[] meta(long number, Meta meta) {
        var size = 8 + 4 + 4 + meta.forward().map(f -> utf8(f).length).orElse(0) + 1;
        for (var replica : meta.replicas()) {
            size += 4 + utf8(replica).length;
        }
        var body = ByteBuffer.allocate(size)
                .putLong(meta.promised())
                .putInt(meta.replicas().size());
        meta.replicas().forEach(replica -> putText(body, utf8(replica)));
        body.put((byte) (meta.forward().isPresent() ? 1 : 0));
        putText(body, utf8(meta.forward().orElse("")));
        return wrap(Keys.meta(number), body.array());
    }

    public static Meta meta(byte[] key, byte[] value) throws BadValueException {
        return read(key, value, body -> {
            var promised = body.getLong();
            var replicas = new ArrayList<String>();
            for (var left = body.getInt(); left > 0; left--) {
                replicas.add(text(body));
            }
            var present = body.get() != 0;
            var forward = text(body);
            return new Meta(promised, replicas, present ? Optional.of(forward) : Optional.empty());
        });
    }

    /** One or more numbers. */
    public static byte[] numbers(byte[] key, long... numbers) {
        var body = ByteBuffer.allocate(8 * numbers.length);
        for (var number : numbers) {
            body.putLong(number);
        }
        return wrap(key, body.array());
    }

    public static long[] numbers(byte[] key, byte[] value, int count) throws BadValueException {
        return read(key, value, body -> {
            var numbers = new long[count];
            for (var i = 0; i < count; i++) {
                numbers[i] = body.getLong();
            }
            return numbers;
        });
    }

    /** A value with this body for this key. */
    public static byte[] wrap(byte[] key, byte[] body) {
        var buffer = ByteBuffer.allocate(OVERHEAD_BYTES + body.length);
        buffer.put(VERSION).put(body);
        return buffer.putInt(Checksums.crc(key, buffer.array(), buffer.position()))
                .array();
    }

    /** The body of a value under this key. */
    public static ByteBuffer unwrap(byte[] key, byte[] value) throws BadValueException {
        if (value.length < OVERHEAD_BYTES) {
            throw new BadValueException("the value has %d bytes".formatted(value.length));
        }
        var end = value.length - SUM_BYTES;
        if (Checksums.crc(key, value, end) != ByteBuffer.wrap(value).getInt(end)) {
            throw new BadValueException("the value's checksum is wrong");
        }
        if (value[0] != VERSION) {
            throw new BadValueException(
                    "the value's version is %d, this program knows %d".formatted(value[0], VERSION));
        }
        return ByteBuffer.wrap(value, 1, end - 1).slice();
    }

    private interface Body<T> {
        T read(ByteBuffer body);
    }

    private static <T> T read(byte[] key, byte[] value, Body<T> reader) throws BadValueException {
        var body = unwrap(key, value);
        try {
            var read = reader.read(body);
            if (body.hasRemaining()) {
                throw new BadValueException("the value has %d bytes too many".formatted(body.remaining()));
            }
            return read;
        } catch (BufferUnderflowException e) {
            throw new BadValueException("the value is cut short, %d bytes".formatted(value.length));
        }
    }

    private static void putTouched(ByteBuffer body, List<Touched> touched) {
        body.putInt(touched.size());
        touched.forEach(each -> body.putLong(each.log()).putLong(each.last()));
    }

    private static List<Touched> touched(ByteBuffer body) {
        var touched = new ArrayList<Touched>();
        for (var left = body.getInt(); left > 0; left--) {
            touched.add(new Touched(body.getLong(), body.getLong()));
        }
        return touched;
    }

    private static void putPoint(ByteBuffer body, LogPoint point) {
        body.putLong(point.index())
                .putLong(point.epoch())
                .putLong(point.timeMicros())
                .putLong(point.checksum());
    }

    private static LogPoint point(ByteBuffer body) {
        return new LogPoint(body.getLong(), body.getLong(), body.getLong(), body.getLong());
    }

    private static void putText(ByteBuffer body, byte[] utf8) {
        body.putInt(utf8.length).put(utf8);
    }

    private static String text(ByteBuffer body) {
        var length = body.getInt();
        if (length < 0 || length > body.remaining()) {
            throw new BufferUnderflowException();
        }
        var utf8 = new byte[length];
        body.get(utf8);
        return new String(utf8, StandardCharsets.UTF_8);
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
