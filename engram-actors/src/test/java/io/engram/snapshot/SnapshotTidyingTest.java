package io.engram.snapshot;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotTidyingTest {
    private static final String LOG = "log";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** A log whose entries were written a minute apart, with a year's rest before the last 10. */
    private final class Log implements LogPrefix, History {
        private long last = 1000;
        private long truncated;
        private boolean fails;

        private long time(long index) {
            return TimeUnit.MINUTES.toMicros(index) + (index > last - 10 ? TimeUnit.DAYS.toMicros(365) : 0);
        }

        @Override
        public Position position(String log, long index) {
            return new Position(index, 1, 1_000 + index);
        }

        @Override
        public long last(String log) {
            return last;
        }

        @Override
        public long truncatedTo(String log) {
            return truncated;
        }

        @Override
        public CompletionStage<Void> truncate(String log, long index) {
            if (fails) {
                return CompletableFuture.failedFuture(new IOException("no"));
            }
            truncated = index;
            return CompletableFuture.completedFuture(null);
        }

        @Override
        public OptionalLong newestTimeMicros(String log) {
            return last == truncated ? OptionalLong.empty() : OptionalLong.of(time(last));
        }

        @Override
        public long firstIndexAtOrAfter(String log, long timeMicros) {
            var index = truncated + 1;
            while (index <= last && time(index) < timeMicros) {
                index++;
            }
            return index;
        }
    }

    private static final class Told implements SnapshotObserver {
        private final List<String> told = new ArrayList<>();

        @Override
        public void saved(String log, SnapshotId id, long bytes) {
            told.add("saved");
        }

        @Override
        public void notSaved(String log, SnapshotId id, Throwable reason) {
            told.add("not saved");
        }

        @Override
        public void damaged(String log, SnapshotId id, String reason) {
            told.add("damaged " + id.index());
        }

        @Override
        public void notTidied(String log, Throwable reason) {
            told.add("not tidied: " + reason.getMessage());
        }
    }

    private final Log log = new Log();
    private final Told told = new Told();

    private SnapshotArchive archive() {
        return new SnapshotArchive(folder, Optional.empty());
    }

    private void tidy(SnapshotArchive archive, Duration history) {
        new SnapshotTidying(archive, 2, history, log, log, told).tidy(LOG);
    }

    private static void save(SnapshotArchive archive, long index) throws IOException {
        save(archive, Position.of(index));
    }

    private static void save(SnapshotArchive archive, Position position) throws IOException {
        archive.save(LOG, position, 1, sink -> sink.write(ByteBuffer.wrap(new byte[100])));
    }

    private void damage(long index) throws IOException {
        try (var files = Files.walk(folder)) {
            var name = new SnapshotId(index, 1).name();
            var file = files.filter(f -> f.endsWith(name)).findFirst().orElseThrow();
            var bytes = Files.readAllBytes(file);
            bytes[bytes.length / 2] ^= 1;
            Files.write(file, bytes);
        }
    }

    private static List<Long> indexes(SnapshotArchive archive) throws IOException {
        return archive.list(LOG).stream().map(SnapshotId::index).toList();
    }

    @Test
    void aSnapshotOfAnotherLogTakesNoOthersPlace() throws IOException {
        var archive = archive();
        save(archive, new Position(100, 1, 1_100));
        save(archive, new Position(200, 1, 1_200));
        save(archive, new Position(300, 1, 1));
        save(archive, new Position(400, 2, 1_400));
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(100);
        assertThat(indexes(archive)).containsExactly(400L, 300L, 200L, 100L);
    }

    @Test
    void aSnapshotThatTheLogHasNotReachedTakesNoOthersPlace() throws IOException {
        var archive = archive();
        for (var index : List.of(100L, 200L, 1_001L, 1_002L)) {
            save(archive, index);
        }
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(100);
        assertThat(indexes(archive)).containsExactly(1_002L, 1_001L, 200L, 100L);
        log.last = 1_002;
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(1_001);
        assertThat(indexes(archive)).containsExactly(1_002L, 1_001L);
    }

    @Test
    void theLogGoesUpToTheOldestOfTheKeptSnapshots() throws IOException {
        var archive = archive();
        save(archive, 100);
        tidy(archive, Duration.ZERO);
        // One alone could be lost.
        assertThat(log.truncated).isZero();
        save(archive, 200);
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(100);
        save(archive, 300);
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(200);
        assertThat(indexes(archive)).containsExactly(300L, 200L);
        assertThat(told.told).isEmpty();
    }

    @Test
    void aHistoryStaysCountedBackFromTheNewestEntry() throws IOException {
        var archive = archive();
        log.last = 500;
        save(archive, 494);
        save(archive, 500);
        // The year's rest is no reason to drop what is young by the entries' own time.
        tidy(archive, Duration.ofMinutes(3));
        assertThat(log.truncated).isEqualTo(494);
        log.truncated = 0;
        tidy(archive, Duration.ofMinutes(7));
        assertThat(log.truncated).isEqualTo(492);
        log.truncated = 0;
        tidy(archive, Duration.ofDays(365).plusMinutes(40));
        assertThat(log.truncated).isEqualTo(459);
        log.truncated = 0;
        tidy(archive, Duration.ofSeconds(Long.MAX_VALUE));
        assertThat(log.truncated).isZero();
    }

    @Test
    void aDamagedSnapshotCoversNothingAndTakesNoGoodOnesPlace() throws IOException {
        var before = archive();
        save(before, 100);
        save(before, 200);
        save(before, 300);
        damage(200);
        // After a start nothing is known of what lies there.
        var archive = archive();
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(100);
        assertThat(indexes(archive)).containsExactly(300L, 100L);
        assertThat(told.told).containsExactly("damaged 200");
        save(archive, 400);
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(300);
        assertThat(indexes(archive)).containsExactly(400L, 300L);
    }

    @Test
    void aDamagedNewestSnapshotStaysUntilAnotherIsSaved() throws IOException {
        var before = archive();
        save(before, 100);
        save(before, 200);
        damage(200);
        var archive = archive();
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isZero();
        assertThat(indexes(archive)).containsExactly(200L, 100L);
        save(archive, 300);
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(100);
        assertThat(indexes(archive)).containsExactly(300L, 100L);
    }

    @Test
    void whatCannotBeRemovedIsToldAndStays() throws IOException {
        var archive = archive();
        save(archive, 100);
        save(archive, 200);
        log.fails = true;
        tidy(archive, Duration.ZERO);
        assertThat(told.told).containsExactly("not tidied: no");
        log.fails = false;
        tidy(archive, Duration.ZERO);
        assertThat(log.truncated).isEqualTo(100);
    }

    @Test
    void whereAllSnapshotsAreKeptTheLogIsToo() throws IOException {
        var archive = archive();
        for (var index = 100; index <= 500; index += 100) {
            save(archive, index);
        }
        new SnapshotTidying(archive, 0, Duration.ZERO, log, log, told).tidy(LOG);
        assertThat(log.truncated).isZero();
        assertThat(indexes(archive)).hasSize(5);
    }
}
