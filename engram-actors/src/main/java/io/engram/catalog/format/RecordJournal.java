package io.engram.catalog.format;

import io.engram.catalog.AcceptorRecord;
import io.engram.catalog.Carried;
import io.engram.catalog.CatalogLimits;
import io.engram.catalog.Document;
import io.engram.catalog.FoundingVote;
import java.util.List;
import java.util.Optional;

/**
 * A voter's record as the entries of a log: a whole record, and then what changes from each record to the next, until these
 * changes together are larger than a whole one, which then starts anew and makes all before it superfluous. So a change
 * of a large catalog costs a forced write of the change and not of the catalog.
 *
 * <p>Not safe for use by several threads. Each entry must be durable, or all those after it must be lost too.
 */
public final class RecordJournal {
    public static final int VERSION = 1;

    private static final int WHOLE = 1;
    private static final int STEP = 2;
    /** Below this a new whole record is not worth the bookkeeping. */
    private static final long LEAST_STEPS_BYTES = 64 << 10;

    /**
     * An entry to be written.
     *
     * @param bytes its content
     * @param startsAnew whether all entries before it may be removed once it is durable
     */
    public record Entry(byte[] bytes, boolean startsAnew) {}

    private final Documents documents;
    private final CatalogLimits limits;
    private AcceptorRecord last = AcceptorRecord.EMPTY;
    private long wholeBytes;
    private long stepsBytes;
    private boolean begun;

    /** @param limits beyond which nothing is read */
    public RecordJournal(CatalogLimits limits) {
        this.limits = limits;
        documents = new Documents(limits);
    }

    /** The newest record of those that were read or made into entries. */
    public AcceptorRecord last() {
        return last;
    }

    /** The next entry, after which this record is the newest. */
    public Entry append(AcceptorRecord record) {
        var whole = !begun
                || !record.founding().equals(last.founding())
                || !record.vote().equals(last.vote())
                || record.accepted().isPresent() != last.accepted().isPresent()
                || stepsBytes > Math.max(LEAST_STEPS_BYTES, wholeBytes);
        var bytes = whole ? whole(record) : step(record);
        note(record, bytes.length, whole);
        return new Entry(bytes, whole);
    }

    /**
     * Takes the next entry of a log that is read from its beginning, or from any entry that {@link Entry#startsAnew}.
     *
     * @throws BadCatalogBytesException if it is not an entry, or not the one that follows
     */
    public void read(byte[] entry) throws BadCatalogBytesException {
        var whole = entry.length > 1 && entry[1] == WHOLE;
        if (!whole && !begun) {
            throw new BadCatalogBytesException("the first entry is no whole record");
        }
        var record = whole
                ? Input.read(entry, VERSION, WHOLE, this::wholeRecord)
                : Input.read(entry, VERSION, STEP, this::nextRecord);
        note(record, entry.length, whole);
    }

    private void note(AcceptorRecord record, int bytes, boolean whole) {
        begun = true;
        last = record;
        if (whole) {
            wholeBytes = bytes;
            stepsBytes = 0;
        } else {
            stepsBytes += bytes;
        }
    }

    private byte[] whole(AcceptorRecord record) {
        var out = Output.begin(VERSION, WHOLE);
        out.putOptional(record.vote(), (to, vote) -> {
            documents.put(to, vote.founding());
            Parts.putIncarnations(to, vote.named());
        });
        out.putOptional(record.founding(), documents::put);
        putBallots(out, record);
        out.putOptional(
                record.accepted(),
                (to, accepted) -> documents.put(to, Carried.to(record.founding().orElseThrow(), accepted)));
        return out.seal();
    }

    private AcceptorRecord wholeRecord(Input in) throws BadCatalogBytesException {
        var vote = in.getOptional(
                from -> new FoundingVote(documents.document(from), Parts.incarnations(from, limits.nodes())));
        var founding = in.getOptional(documents::document);
        var promised = Parts.ballot(in);
        var acceptedAt = Parts.ballot(in);
        var carried = in.getOptional(documents::carried);
        return new AcceptorRecord(vote, founding, promised, acceptedAt, resolve(carried, founding));
    }

    private byte[] step(AcceptorRecord record) {
        var out = Output.begin(VERSION, STEP);
        putBallots(out, record);
        out.putOptional(
                record.accepted(),
                (to, accepted) -> documents.put(to, Carried.to(last.accepted().orElseThrow(), accepted)));
        return out.seal();
    }

    private AcceptorRecord nextRecord(Input in) throws BadCatalogBytesException {
        var promised = Parts.ballot(in);
        var acceptedAt = Parts.ballot(in);
        var carried = in.getOptional(documents::carried);
        return new AcceptorRecord(
                last.vote(), last.founding(), promised, acceptedAt, resolve(carried, last.accepted()));
    }

    private static void putBallots(Output out, AcceptorRecord record) {
        Parts.put(out, record.promised());
        Parts.put(out, record.acceptedAt());
    }

    private static Optional<Document> resolve(Optional<Carried> carried, Optional<Document> base)
            throws BadCatalogBytesException {
        if (carried.isEmpty()) {
            return Optional.empty();
        }
        return Optional.of(carried.get()
                .resolve(base.orElseThrow(() -> new BadCatalogBytesException("a change of nothing")))
                .orElseThrow(() -> new BadCatalogBytesException("an entry does not follow the one before it")));
    }

    /** All records of a log. */
    public static AcceptorRecord read(List<byte[]> entries, CatalogLimits limits) throws BadCatalogBytesException {
        var journal = new RecordJournal(limits);
        for (var entry : entries) {
            journal.read(entry);
        }
        return journal.last();
    }
}
