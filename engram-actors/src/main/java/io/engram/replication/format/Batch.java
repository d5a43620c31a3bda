package io.engram.replication.format;

import io.engram.replication.Message;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;

/**
 * Messages of any shards for one node, in a row:
 *
 * <pre>
 * version (1), now 1
 * compression (1): 0 none, 1 LZ4 block, 2 Zstandard frame
 * length when not compressed (4)
 * CRC-32C (4) over all before and all behind it
 * compressed: for each message its length (4) and the message, see {@link MessageCodec}
 * </pre>
 *
 * The sum is checked before anything else is looked at, so that what the network has changed reaches no decompressor.
 *
 * @param messages those that are understood, in order
 * @param unknown how many more there were, of kinds that this version does not know
 */
public record Batch(List<Message> messages, int unknown) {
    static final int VERSION = 1;
    static final int HEADER_BYTES = 1 + 1 + 4 + 4;

    private static final int PLAIN_AT = 2;
    private static final int SUM_AT = 6;

    public Batch {
        messages = List.copyOf(messages);
    }

    /**
     * Reads a batch.
     *
     * @throws BadMessageException if it is not one, not of a known version, or beyond the limits; then nothing of it counts
     */
    public static Batch read(byte[] bytes, Limits limits) throws BadMessageException {
        if (bytes.length < HEADER_BYTES || bytes.length > limits.batchBytes()) {
            throw new BadMessageException(
                    "a batch of %d bytes; at most %d are taken".formatted(bytes.length, limits.batchBytes()));
        }
        if (bytes[0] != VERSION) {
            throw new BadMessageException("a batch of version %d; known is %d".formatted(bytes[0], VERSION));
        }
        var header = ByteBuffer.wrap(bytes);
        if (header.getInt(SUM_AT) != sum(bytes)) {
            throw new BadMessageException("a batch has not come as it was sent: its sum is wrong");
        }
        var plainBytes = header.getInt(PLAIN_AT);
        if (plainBytes < 0 || plainBytes > limits.batchBytes() - HEADER_BYTES) {
            throw new BadMessageException(
                    "a batch of %d bytes; at most %d are taken".formatted(plainBytes, limits.batchBytes()));
        }
        var plain = Compression.of(bytes[1]).decompress(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES, plainBytes);
        return messages(new ByteSource(plain, 0, plain.length, limits), limits);
    }

    private static Batch messages(ByteSource from, Limits limits) throws BadMessageException {
        var messages = new ArrayList<Message>();
        var unknown = 0;
        while (from.remaining() > 0) {
            if (messages.size() + unknown == limits.messages()) {
                throw new BadMessageException("a batch of more than %d messages".formatted(limits.messages()));
            }
            var message = MessageCodec.read(from.part(from.getInt()));
            if (message.isPresent()) {
                messages.add(message.get());
            } else {
                unknown++;
            }
        }
        return new Batch(messages, unknown);
    }

    /** Writes what stands before the compressed bytes. */
    static byte[] frame(Compression compression, int plainBytes, byte[] compressed) {
        var bytes = ByteBuffer.allocate(HEADER_BYTES + compressed.length)
                .put((byte) VERSION)
                .put((byte) compression.number())
                .putInt(plainBytes)
                .putInt(0)
                .put(compressed)
                .array();
        ByteBuffer.wrap(bytes).putInt(SUM_AT, sum(bytes));
        return bytes;
    }

    private static int sum(byte[] bytes) {
        var sum = new CRC32C();
        sum.update(bytes, 0, SUM_AT);
        sum.update(bytes, HEADER_BYTES, bytes.length - HEADER_BYTES);
        return (int) sum.getValue();
    }
}
