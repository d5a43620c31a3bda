package io.engram.log;

import io.engram.health.HealthCheck;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The logs of a node, in one folder, behind one writer.
 *
 * <p>A log has a name and holds records with the sequences 1, 2, 3, and so on without a hole; records are bytes to it.
 * What an {@link #append} acknowledged is on the disk. Whatever waits while a write is being forced shares the next
 * forced write; nobody waits for a timer.
 *
 * <p>Stages are completed by the writer's thread: what hangs on them must be short, or go elsewhere by an
 * {@code Async} method. Methods that return plain values read the disk on the caller's thread and may block for as long
 * as the disk takes. All methods may be called by any thread.
 *
 * <p>Once a write has failed, or its outcome is unknown, the writer has ended: everything that waits, and every later
 * write, fails with {@link LogFailedException}, and {@link #failed} completes. Reads go on.
 */
public interface LogStore extends AutoCloseable {
    /** The longest name of a log in bytes of UTF-8. */
    int MAX_NAME_BYTES = 1024;

    /**
     * Opens the folder, exclusively.
     *
     * @throws LogInUseException if somebody holds the folder; the text names the holder
     * @throws LogOpenException if the folder cannot be opened
     */
    static LogStore open(LogStoreSettings settings, MeterRegistry meters) {
        return LevelLogStore.open(settings, meters);
    }

    /**
     * Appends records as one: all of them are on the disk when the stage completes, or none will ever be seen. Fails with
     * {@link StaleWriterException} unless {@code firstSequence} is the log's last sequence plus one,
     * {@link LogOverloadedException} if too much waits already, {@link LogFullException} if the disk is nearly full. The
     * log is made by its first record.
     *
     * @param records at least one; the arrays are not kept
     * @throws IllegalArgumentException if the name is empty or too long, or the records together are larger than the
     *     queue may be
     */
    CompletionStage<Void> append(String log, long firstSequence, List<byte[]> records);

    /** The last sequence that was ever appended, also if it was truncated since; 0 for a log that does not exist. Sees every append that was begun before. */
    CompletionStage<Long> highestSequence(String log);

    /** Up to where the log was truncated: the records from the next sequence on are there. 0 if nothing was. */
    long truncatedTo(String log);

    /**
     * Reads the records from {@code from} to {@code to}, both included, that are acknowledged and not truncated.
     *
     * @param max the most records to give
     * @return the sequence to go on from: one more than the last that was looked at
     * @throws LogDamagedException at the first record that is missing or not as it was written; those before it were given
     */
    long read(String log, long from, long to, long max, RecordConsumer consumer);

    /** The first record that was not truncated. */
    Optional<byte[]> firstRecord(String log);

    /**
     * The names of the logs that begin with a prefix, in the order of their UTF-8 bytes.
     *
     * @param after only names greater than this; empty for the first page
     * @param limit the most names to give, at least 1
     */
    List<String> logs(String prefix, String after, int limit);

    /** Truncates the log's prefix up to a sequence, included. The stage completes when that is durable; the space is freed later. */
    CompletionStage<Void> deleteTo(String log, long sequence);

    /**
     * Forgets a log: its records, its marks and its name. The stage completes when that is durable and the disk's space has
     * been freed. A log that does not exist is dropped already. A log that is begun again under the name is another one.
     */
    CompletionStage<Void> drop(String log);

    /** The bytes of all files in the folder. */
    long sizeOnDisk();

    /** The bytes that wait in front of the writer. */
    long queuedBytes();

    /**
     * What an append would be refused with now: {@link LogFullException}, {@link LogOverloadedException}, {@link
     * LogFailedException} or {@link LogClosedException}. Costs no look at the disk.
     */
    default Optional<LogException> refusal() {
        return Optional.empty();
    }

    /** The logs that are known to be damaged. */
    default List<Quarantine> quarantined() {
        return List.of();
    }

    /** What is wrong with a log, if it is known to be damaged. */
    default Optional<Quarantine> quarantined(String log) {
        return Optional.empty();
    }

    /** Has a listener called, on another thread, for each log that is found damaged from now on. */
    default void onQuarantine(Consumer<Quarantine> listener) {}

    HealthCheck health();

    /** Completes, with the reason, when the writer has ended because of a failure; never otherwise. */
    CompletionStage<LogFailedException> failed();

    /** Takes nothing more, finishes what waits, and lets go of the folder. */
    @Override
    void close();
}
