package io.engram.space;

/** What became of one item of a bulk request. */
public sealed interface BulkResult {
    /** It is on disk. */
    record Stored(RememberReceipt receipt) implements BulkResult {}

    /** It was refused or its outcome is unknown; the others are not affected. */
    record Failed(EngramException reason) implements BulkResult {}
}
