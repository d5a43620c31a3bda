package io.engram.node;

import io.engram.journal.JournalContent;
import io.engram.journal.JournalContent.Stored;
import io.engram.log.LogChange;
import io.engram.log.LogException;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.log.SalvagedLog;
import io.engram.space.DirectoryRebuild;
import io.engram.space.SpaceId;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** Makes the directory of spaces anew in a data folder that is made of what can be read of a damaged one. */
public final class DirectoryRepair {
    /** The name of the directory's log. */
    public static final String LOG = DirectoryRebuild.LOG;

    private static final int EVENTS_AT_ONCE = 10_000;

    private DirectoryRepair() {}

    /**
     * What the new directory is made of.
     *
     * @param spaces that exist by it
     * @param guesses what is not certain, each in words
     */
    public record Result(List<SpaceId> spaces, List<String> guesses) {}

    /**
     * Puts a new directory in the place of the damaged one.
     *
     * @param folder holds the log and the snapshots already, and is used by nobody
     * @return empty if nothing tells of any space, and nothing was done
     */
    public static Optional<Result> run(Path folder) throws IOException {
        var logFolder = folder.resolve(FolderCopy.LOG);
        var snapshots = folder.resolve(FolderCopy.SNAPSHOTS);
        var old = SalvagedLog.read(logFolder, LOG);
        var snapshot = JournalContent.newestSnapshot(snapshots, LOG, old.cells())
                .filter(each -> each.state().serializerId() == DirectoryRebuild.SERIALIZER)
                .map(each -> new DirectoryRebuild.Stored(
                        each.index(), each.state().manifest(), each.state().bytes()));
        var settings = LogStoreSettings.of(logFolder).withMinFreeBytes(0).withScrub(Duration.ZERO, 1);
        try (var store = LogStore.open(settings, new SimpleMeterRegistry())) {
            var rebuilt =
                    DirectoryRebuild.of(snapshot, events(old), LogsOfSpaces.keptIn(store, DirectoryRebuild.SPACES));
            if (rebuilt.events().isEmpty()) {
                return Optional.empty();
            }
            join(store.drop(LOG));
            JournalContent.deleteSnapshotFiles(snapshots, LOG);
            write(store, rebuilt);
            return Optional.of(new Result(rebuilt.spaces(), rebuilt.guesses()));
        } catch (LogException e) {
            throw new IOException("the directory of spaces could not be made anew: " + e.getMessage(), e);
        }
    }

    private static List<DirectoryRebuild.Stored> events(SalvagedLog log) {
        var events = new ArrayList<DirectoryRebuild.Stored>();
        for (var entry : log.entries()) {
            try {
                JournalContent.event(entry.content())
                        .filter(event -> event.serializerId() == DirectoryRebuild.SERIALIZER)
                        .ifPresent(event -> events.add(
                                new DirectoryRebuild.Stored(entry.index(), event.manifest(), event.bytes())));
            } catch (IllegalArgumentException e) {
                // Whole, but of another version: like one that is lost.
                continue;
            }
        }
        return events;
    }

    private static void write(LogStore store, DirectoryRebuild.Rebuilt rebuilt) throws IOException {
        var contents = new ArrayList<LogChange.Content>();
        for (var i = 0; i < rebuilt.events().size(); i++) {
            var event = rebuilt.events().get(i);
            contents.add(new LogChange.Content(
                    JournalContent.contentOf(new Stored(DirectoryRebuild.SERIALIZER, event.manifest(), event.bytes())),
                    ChronoUnit.MICROS.between(Instant.EPOCH, rebuilt.times().get(i))));
        }
        for (var from = 0; from < contents.size(); from += EVENTS_AT_ONCE) {
            var some = contents.subList(from, Math.min(contents.size(), from + EVENTS_AT_ONCE));
            join(store.write(
                    List.of(new LogChange.Append(LOG, LogStore.FIRST_EPOCH, from + 1L, OptionalLong.empty(), some))));
        }
    }

    private static void join(CompletionStage<Void> stage) throws IOException {
        try {
            stage.toCompletableFuture().join();
        } catch (CompletionException e) {
            throw new IOException("the directory of spaces could not be made anew: " + e.getCause(), e);
        }
    }
}
