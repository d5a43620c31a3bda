package io.engram.log;

import io.engram.health.HealthCheck;
import io.engram.health.Recovery;
import io.engram.log.format.Entry;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The logs of a node, in one folder, behind one writer.
 *
 * <p>A log has a name and holds entries with the indexes 1, 2, 3, and so on without a hole, each with an epoch, a time and
 * the log's running checksum; their content is bytes to it. What a {@link #write} acknowledged is on the disk. Whatever
 * comes while a write is being forced shares the next forced write; nobody waits for a timer.
 *
 * <p>Stages are completed by the writer's thread: what hangs on them must be short, or go elsewhere by an
 * {@code Async} method. Methods that return plain values read the disk on the caller's thread and may block for as long
 * as the disk takes. All methods may be called by any thread.
 *
 * <p>Once a write has failed, or its outcome is unknown, the writer has ended: everything that waits, and every later
 * write, fails with {@link LogFailedException}, and {@link #failed} completes. Reads go on. Only a disk without room is
 * different: writes are refused with {@link LogFullException} until there is room again.
 *
 * <p>A log in which damage was met is quarantined: its reads and writes fail with {@link LogQuarantinedException}, also
 * after a restart, and the others go on.
 */
public interface LogStore extends LogReads, AutoCloseable {
    /** The longest name of a log in bytes of UTF-8. */
    int MAX_NAME_BYTES = 1024;
    /** The epoch of logs that nothing replicates. */
    long FIRST_EPOCH = 1;

    /**
     * Opens the folder, exclusively.
     *
     * @throws LogInUseException if somebody holds the folder; the text names the holder
     * @throws LogOpenException if the folder cannot be opened
     */
    static LogStore open(LogStoreSettings settings, MeterRegistry meters) {
        return open(settings, meters, new Recovery());
    }

    /**
     * The same, and says how far it is.
     *
     * @param recovery is told of the steps {@link Recovery.Step#CHECK} and {@link Recovery.Step#OPEN}
     */
    static LogStore open(LogStoreSettings settings, MeterRegistry meters, Recovery recovery) {
        return LevelLogStore.open(settings, meters, recovery);
    }

    /**
     * Makes all the changes in one forced write, or none of them. They are on the disk when the stage completes. Fails
     * with {@link StaleWriterException} if one of them does not fit its log, {@link LogOverloadedException} if too much
     * waits already, {@link LogFullException} if the disk is nearly full, {@link LogQuarantinedException} if a log is
     * damaged; then nothing has happened.
     *
     * @param changes at least one
     * @throws IllegalArgumentException if a name is empty or too long, or the changes together are larger than the queue
     */
    CompletionStage<Void> write(List<LogChange> changes);

    /** Appends entries of the first epoch at the time of the one before. */
    default CompletionStage<Void> append(String log, long first, List<byte[]> contents) {
        return write(List.of(new LogChange.Append(
                log,
                FIRST_EPOCH,
                first,
                OptionalLong.empty(),
                contents.stream().map(c -> new LogChange.Content(c, 0)).toList())));
    }

    /** Truncates the log's prefix up to an index, included. Durable when the stage completes; the space is freed later. */
    default CompletionStage<Void> truncateTo(String log, long index) {
        return write(List.of(new LogChange.TruncateTo(log, index)));
    }

    /** Forgets a log. Durable when the stage completes, and the disk's space has been freed. */
    CompletionStage<Void> drop(String log);

    /** The end of a log, after everything that was begun before; {@link LogPoint#START} for a log that does not exist. */
    CompletionStage<LogPoint> last(String log);

    /**
     * Reads of quarantined logs as well: whatever passes its own checks can be read, and an entry that does not is said to be
     * damaged by whoever asks for it, and noted with the others. For those who mend.
     */
    LogReads evenDamaged();

    /**
     * What is known to be damaged of a log; empty if it is not quarantined. A first index of 0 means the log's own values: then
     * nothing is proven of its entries.
     */
    List<Values.Lost> lost(String log);

    /** The first index whose entry is not earlier than a time; the last index plus one if there is none. */
    long firstIndexAtOrAfter(String log, long timeMicros);

    /** What replication keeps of a log; {@link Values.Meta#NONE} if nothing. */
    Values.Meta meta(String log);

    /** A value that is kept with a log. */
    Optional<byte[]> cell(String log, String cell);

    /**
     * The names of the values that are kept with a log, in order. Where the disk cannot be read there may be more, which is
     * logged; {@link #cell} says so of one that is known by name.
     */
    List<String> cells(String log);

    /**
     * The names of the logs that begin with a prefix, in the order of their UTF-8 bytes.
     *
     * @param after only names greater than this; empty for the first page
     * @param limit the most names to give, at least 1
     */
    List<String> logs(String prefix, String after, int limit);

    /** What an append would be refused with just now. Costs next to nothing. */
    Optional<LogException> refusal();

    /** The logs that are quarantined. */
    List<Quarantine> quarantined();

    Optional<Quarantine> quarantined(String log);

    /** Tells of each log that is quarantined from now on, on some thread that should not be kept long. */
    void onQuarantine(Consumer<Quarantine> listener);

    /** The bytes of all files in the folder. */
    long sizeOnDisk();

    /** The bytes that wait in front of the writer. */
    long queuedBytes();

    List<HealthCheck> health();

    /** Has something read back in the background together with the logs that it is kept for, at the same bounded rate. */
    void alsoScrub(Scrubbed other);

    /** Completes, with the reason, when the writer has ended because of a failure; never otherwise. */
    CompletionStage<LogFailedException> failed();

    /** Takes nothing more, finishes what waits, and lets go of the folder. */
    @Override
    void close();

    /** One entry, for those who read few. */
    default Optional<Entry> entry(String log, long index) {
        var found = new Entry[1];
        read(log, index, index, 1, entry -> {
            found[0] = entry;
            return false;
        });
        return Optional.ofNullable(found[0]);
    }
}
