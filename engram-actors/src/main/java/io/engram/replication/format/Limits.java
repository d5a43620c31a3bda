package io.engram.replication.format;

/**
 * What a reader takes at most, whatever the bytes say. Nothing larger is allocated. A writer refuses what no reader takes.
 *
 * @param batchBytes a batch, before it is compressed and after
 * @param messages in a batch
 * @param items in any list within a message
 * @param nameBytes a name, in UTF-8
 */
public record Limits(int batchBytes, int messages, int items, int nameBytes) {
    /** A name may be as long as the log store takes it, and an entry as large as a batch. */
    public static final Limits DEFAULTS = new Limits(64 * 1024 * 1024, 65_536, 65_536, 1_024);

    public Limits {
        if (batchBytes < Batch.HEADER_BYTES || messages < 1 || items < 1 || nameBytes < 1) {
            throw new IllegalArgumentException("every limit leaves room for something");
        }
    }
}
