package io.engram.cluster;

import io.engram.catalog.AcceptorRecord;
import io.engram.catalog.CatalogLimits;
import io.engram.catalog.format.BadCatalogBytesException;
import io.engram.catalog.format.RecordJournal;
import io.engram.log.LogStore;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** What this node has promised and accepted as a voter, and which cluster it belongs to, in a log of the node's store. */
final class CatalogLog {
    /** The log's name. */
    static final String NAME = "catalog";

    private static final int AT_ONCE = 1_024;

    private final LogStore store;
    private final RecordJournal journal;
    private long last;

    private CatalogLog(LogStore store, RecordJournal journal, long last) {
        this.store = store;
        this.journal = journal;
        this.last = last;
    }

    /**
     * Reads what there is.
     *
     * @throws io.engram.log.LogException if the log is damaged: a voter that has forgotten what it promised must not vote
     * @throws IllegalStateException if it holds what this version cannot read
     */
    static CatalogLog open(LogStore store, CatalogLimits limits) {
        var journal = new RecordJournal(limits);
        var first = store.base(NAME).index() + 1;
        var next = new long[] {first};
        for (var before = 0L; next[0] != before; ) {
            before = next[0];
            next[0] = store.read(NAME, before, Long.MAX_VALUE - 1, AT_ONCE, entry -> {
                try {
                    journal.read(entry.content());
                } catch (BadCatalogBytesException e) {
                    throw new IllegalStateException(
                            "what this node knows of its cluster cannot be read (log '%s', index %d): %s"
                                    .formatted(NAME, entry.index(), e.getMessage()),
                            e);
                }
                return true;
            });
        }
        return new CatalogLog(
                store, journal, store.last(NAME).toCompletableFuture().join().index());
    }

    AcceptorRecord record() {
        return journal.last();
    }

    /** Writes the next record; to be called again only when the write before has ended. */
    CompletionStage<Void> write(AcceptorRecord record) {
        var entry = journal.append(record);
        var index = ++last;
        return store.append(NAME, index, List.of(entry.bytes())).thenCompose(done -> {
            // What came before says nothing any more.
            return entry.startsAnew() && index > 1
                    ? store.truncateTo(NAME, index - 1)
                    : CompletableFuture.<Void>completedFuture(null);
        });
    }
}
