package io.engram.replication.format;

import io.engram.replication.Message;

/** Puts messages into batches, see {@link Batch}. Not safe for several threads at a time. */
public final class BatchWriter {
    private static final int LENGTH_BYTES = 4;
    /** What is smaller than this is sent as it is. */
    private static final int WORTH_COMPRESSING_BYTES = 512;

    private final Compression compression;
    private final Limits limits;
    private final int targetBytes;
    private ByteSink sink;
    private int messages;

    /**
     * @param targetBytes how large a batch of several messages gets at most, before it is compressed; a single larger message
     *     goes alone
     * @param limits those of whoever reads it
     */
    public BatchWriter(Compression compression, int targetBytes, Limits limits) {
        this.compression = compression;
        this.targetBytes = Math.min(targetBytes, limits.batchBytes());
        this.limits = limits;
        this.sink = new ByteSink(limits);
    }

    /**
     * Adds a message, unless the batch is to be taken first.
     *
     * @return whether it was added; always if the batch was empty
     * @throws IllegalArgumentException if the message is larger than what a reader takes; then it was not added
     */
    public boolean add(Message message) {
        if (messages == limits.messages()) {
            return false;
        }
        var start = sink.size();
        try {
            sink.putInt(0);
            MessageCodec.write(sink, message);
        } catch (IllegalArgumentException e) {
            sink.cutTo(start);
            throw e;
        }
        var bytes = Batch.HEADER_BYTES + sink.size();
        if (messages > 0 && bytes > targetBytes) {
            sink.cutTo(start);
            return false;
        }
        if (bytes > limits.batchBytes()) {
            sink.cutTo(start);
            throw new IllegalArgumentException(
                    "a message of %d bytes; at most %d go".formatted(bytes, limits.batchBytes()));
        }
        sink.putInt(start, sink.size() - start - LENGTH_BYTES);
        messages++;
        return true;
    }

    public boolean isEmpty() {
        return messages == 0;
    }

    public int messages() {
        return messages;
    }

    /** How many bytes it has, before it is compressed. */
    public int bytes() {
        return Batch.HEADER_BYTES + sink.size();
    }

    /** The batch; after that the writer is empty. What does not become smaller by compressing is sent as it is. */
    public byte[] take() {
        var plainBytes = sink.size();
        var by = compression;
        var body = by.compress(sink.array(), 0, plainBytes < WORTH_COMPRESSING_BYTES ? 0 : plainBytes);
        if (plainBytes < WORTH_COMPRESSING_BYTES || body.length >= plainBytes) {
            by = Compression.NONE;
            body = sink.toBytes();
        }
        sink = new ByteSink(limits);
        messages = 0;
        return Batch.frame(by, plainBytes, body);
    }
}
