package io.engram.log;

import io.engram.health.Recovery;
import io.engram.log.files.Creation;
import io.engram.log.files.StartCheck;
import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The folder around the database: what is done to it before LevelDB opens it, and what a new one gets. */
final class LogFolder {
    private static final Logger LOG = LoggerFactory.getLogger(LogFolder.class);
    private static final long ROOM_TO_OPEN_BYTES = 4L * 1024 * 1024;

    private LogFolder() {}

    /** LevelDB sorts its write-ahead logs into tables while it opens, and the process would not survive a full disk then. */
    static void requireRoom(Path folder) throws IOException {
        long needed;
        try (var files = Files.list(folder)) {
            needed = 2
                    * files.filter(file -> file.toString().endsWith(".log"))
                            .mapToLong(LogFolder::sizeOf)
                            .sum();
        }
        var free = Files.getFileStore(folder).getUsableSpace();
        if (needed > 0 && free < needed + ROOM_TO_OPEN_BYTES) {
            throw new LogOpenException(
                    "only %d bytes are free in %s, and opening the log takes up to %d; make room and start again"
                            .formatted(free, folder, needed + ROOM_TO_OPEN_BYTES),
                    null);
        }
    }

    /** Sets right what a kill or the disk has left behind, as far as nothing is lost by it without being noted. */
    static void check(Path folder, Recovery recovery) throws IOException {
        var tables = folder.resolve(LogDirectory.TABLE_CHECK_FILE);
        var report = StartCheck.run(folder, Files.exists(tables), recovery);
        report.words().forEach(finding -> LOG.warn("{}", finding));
        Files.deleteIfExists(tables);
        recovery.begin(Recovery.Step.OPEN);
    }

    /** Makes the database of a new folder; one that was cut off while it was made is made again. */
    static void create(Path folder, int writeBufferBytes) throws IOException {
        Creation.in(folder, making -> {
            try (var database = LevelDb.open(making, writeBufferBytes)) {
                nextNumber(database, making);
            }
        });
    }

    /** As {@link #nextNumber}; if the database meets damage in what every start reads, that is set right first. */
    static long nextNumberOrRepaired(OrderedStore store, Path folder) throws IOException {
        try {
            var number = nextNumber(store, folder);
            // The removals, the damage notes and the commit note.
            store.scan(Keys.start(Keys.PENDING_KIND), Keys.start(Keys.CELL_KIND), (key, value) -> true);
            return number;
        } catch (DatabaseException e) {
            if (!DatabaseException.isCorruption(e)) {
                throw e;
            }
            LOG.warn("The log in {} cannot be read ({}): every table is checked.", folder, e.getMessage());
            Files.write(folder.resolve(LogDirectory.TABLE_CHECK_FILE), new byte[0]);
            store.reopen();
            return nextNumber(store, folder);
        }
    }

    /** Reads the next log number; a new database gets its header and its guard first. */
    static long nextNumber(OrderedStore store, Path folder) {
        try {
            var header = store.get(Keys.HEADER);
            if (header.isPresent()) {
                return Values.header(header.get());
            }
        } catch (BadValueException e) {
            throw new LogOpenException(
                    "the header of the log in %s is damaged: %s".formatted(folder, e.getMessage()), e);
        }
        store.scan(new byte[0], Keys.GUARD, (key, value) -> {
            throw new LogOpenException("%s holds a database, but it is no log of Engram".formatted(folder), null);
        });
        try (var batch = store.newBatch()) {
            batch.put(Keys.HEADER, Values.header(1));
            batch.put(Keys.GUARD, Values.guard());
            store.write(batch, true);
        }
        return 1;
    }

    /** The bytes of all files in a folder. */
    static long size(Path folder) {
        try (var files = Files.walk(folder)) {
            return files.mapToLong(LogFolder::sizeOf).sum();
        } catch (IOException | UncheckedIOException e) {
            throw new LogOpenException("the size of %s cannot be read: %s".formatted(folder, e), e);
        }
    }

    /** LevelDB removes files at any time; one that is gone takes nothing. */
    private static long sizeOf(Path file) {
        try {
            return Files.isRegularFile(file) ? Files.size(file) : 0;
        } catch (IOException e) {
            return 0;
        }
    }
}
