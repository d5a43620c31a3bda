package io.engram.shard;

import static io.engram.log.TestLogs.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.engram.log.LogChange;
import io.engram.log.LogStore;
import io.engram.log.TestLogs;
import io.engram.log.format.LogPoint;
import io.engram.replication.Change;
import io.engram.replication.DamagedLogException;
import io.engram.replication.Hole;
import io.engram.replication.LogEntry;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import io.engram.replication.ShardState;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.CompletionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoredShardTest {
    private static final ShardId SHARD = new ShardId("17");
    private static final LogName SPACE = new LogName("a/b", 3);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private static StoredShard shard(LogStore store) {
        return new StoredShard(store, SHARD, _ -> Optional.empty());
    }

    /** Entries of epochs and times that rise now and then, behind a point. */
    private static List<LogEntry> entries(LogPoint before, int count, SplittableRandom random) {
        var entries = new ArrayList<LogEntry>();
        var point = before;
        for (var i = 0; i < count; i++) {
            var content = new byte[random.nextInt(40)];
            random.nextBytes(content);
            var epoch = Math.max(1, point.epoch() + (random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 0));
            var time = point.timeMicros() + random.nextInt(-5, 5);
            var entry = LogEntry.after(point, epoch, time, content);
            entries.add(entry);
            point = entry.point();
        }
        return entries;
    }

    private static void write(LogStore store, Change... changes) {
        await(store.write(StoredChanges.of(SHARD, List.of(changes))));
    }

    private static List<LogPoint> points(List<LogEntry> entries) {
        return entries.stream().map(LogEntry::point).toList();
    }

    @Test
    void theStoreComputesTheSamePointsAsReplication() {
        for (var seed = 0L; seed < 5; seed++) {
            var random = new SplittableRandom(seed);
            var log = new LogName("space" + seed, 1);
            var all = new ArrayList<LogEntry>();
            var before = LogPoint.START;
            try (var store = TestLogs.open(folder)) {
                for (var round = 0; round < 10; round++) {
                    var more = entries(before, 1 + random.nextInt(20), random);
                    write(store, new Change.Append(log, before, more));
                    all.addAll(more);
                    before = more.getLast().point();
                    assertThat(shard(store).last(log)).as("seed %d", seed).isEqualTo(before);
                }
            }
            try (var store = TestLogs.open(folder)) {
                var shard = shard(store);
                assertThat(shard.last(log)).as("seed %d", seed).isEqualTo(before);
                assertThat(points(shard.read(log, 1, Long.MAX_VALUE - 1, 1_000, Long.MAX_VALUE)))
                        .as("seed %d", seed)
                        .isEqualTo(points(all));
                for (var entry : all) {
                    assertThat(shard.point(log, entry.index())).contains(entry.point());
                }
                assertThat(shard.point(log, before.index() + 1)).isEmpty();
            }
        }
    }

    @Test
    void anAppendBehindAnotherPointIsRefused() {
        try (var store = TestLogs.open(folder)) {
            var entries = entries(LogPoint.START, 3, new SplittableRandom(1));
            write(store, new Change.Append(SPACE, LogPoint.START, entries));
            var last = entries.getLast().point();
            var other = new LogPoint(3, last.epoch(), last.timeMicros(), last.checksum() + 1);
            var append = new Change.Append(SPACE, other, entries(other, 1, new SplittableRandom(2)));
            var failure = catchThrowable(() -> write(store, append));
            assertThat(WriteFailure.of(failure)).isEqualTo(WriteFailure.REFUSED);
            assertThat(shard(store).last(SPACE)).isEqualTo(last);
        }
    }

    @Test
    void aReadKeepsItsBounds() {
        try (var store = TestLogs.open(folder)) {
            var entries = new ArrayList<LogEntry>();
            var point = LogPoint.START;
            for (var i = 0; i < 10; i++) {
                var entry = LogEntry.after(point, 1, i, new byte[36]);
                entries.add(entry);
                point = entry.point();
            }
            write(store, new Change.Append(SPACE, LogPoint.START, entries));
            var shard = shard(store);
            assertThat(shard.read(SPACE, 3, 7, 100, 10_000))
                    .extracting(LogEntry::index)
                    .containsExactly(3L, 4L, 5L, 6L, 7L);
            assertThat(shard.read(SPACE, 3, 7, 2, 10_000)).hasSize(2);
            // Each counts for 100 bytes.
            assertThat(shard.read(SPACE, 3, 7, 100, 300)).hasSize(3);
            assertThat(shard.read(SPACE, 3, 7, 100, 299)).hasSize(2);
            assertThat(shard.read(SPACE, 3, 7, 100, 1)).hasSize(1);
            assertThat(shard.read(SPACE, 11, 20, 100, 10_000)).isEmpty();
            assertThat(shard.read(new LogName("none", 9), 1, 20, 100, 10_000)).isEmpty();
            assertThat(shard.last(new LogName("none", 9))).isEqualTo(LogPoint.START);
            write(store, new Change.CutTo(SPACE, entries.get(3).point()));
            assertThat(shard.base(SPACE)).isEqualTo(entries.get(3).point());
            assertThat(shard.point(SPACE, 4)).contains(entries.get(3).point());
            assertThat(shard.point(SPACE, 3)).isEmpty();
            write(store, new Change.CutAfter(SPACE, entries.get(7).point()));
            assertThat(shard.last(SPACE)).isEqualTo(entries.get(7).point());
            write(store, new Change.Drop(SPACE));
            assertThat(shard.logs()).isEmpty();
        }
    }

    @Test
    void theStateIsKeptInAForcedWriteWithTheEntries() {
        var state = new ShardState(7, 5, 3, Optional.of(new ReplicaId("ann")), 2_000, true);
        try (var store = TestLogs.open(folder)) {
            assertThat(shard(store).state()).isEqualTo(ShardState.NONE);
            var entries = entries(LogPoint.START, 2, new SplittableRandom(1));
            write(
                    store,
                    new Change.Append(LogName.DIRECTORY, LogPoint.START, entries),
                    new Change.PutState(state),
                    new Change.Append(SPACE, LogPoint.START, entries));
            assertThat(shard(store).state()).isEqualTo(state);
        }
        try (var store = TestLogs.open(folder)) {
            var shard = shard(store);
            assertThat(shard.state()).isEqualTo(state);
            assertThat(shard.logs()).containsExactly(LogName.DIRECTORY, SPACE);
            write(store, new Change.PutState(ShardState.NONE));
            assertThat(shard.state()).isEqualTo(ShardState.NONE);
        }
    }

    @Test
    void aShardIsFoundByItsLogs() {
        try (var store = TestLogs.open(folder)) {
            await(store.append("shard/broken", 1, List.of(new byte[1])));
            await(store.append("shards/1/directory", 1, List.of(new byte[1])));
            await(store.append("space-9", 1, List.of(new byte[1])));
            assertThat(StoredShard.all(store)).isEmpty();
            for (var name : List.of("1", "10", "1-x", "1.", "2")) {
                var shard = new ShardId(name);
                var entry = LogEntry.after(LogPoint.START, 1, 0, new byte[1]);
                await(store.write(StoredChanges.of(
                        shard,
                        List.of(
                                new Change.Append(LogName.DIRECTORY, LogPoint.START, List.of(entry)),
                                new Change.Append(new LogName("x", 12), LogPoint.START, List.of(entry)),
                                new Change.Append(new LogName("y", 2), LogPoint.START, List.of(entry))))));
            }
            await(store.write(StoredChanges.of(new ShardId("3"), List.of(new Change.PutState(ShardState.NONE)))));
            assertThat(StoredShard.all(store))
                    .extracting(ShardId::name)
                    .containsExactlyInAnyOrder("1", "10", "1-x", "1.", "2", "3");
            assertThat(new StoredShard(store, new ShardId("1"), _ -> Optional.empty()).logs())
                    .containsExactly(LogName.DIRECTORY, new LogName("y", 2), new LogName("x", 12));
        }
    }

    @Test
    void aNameOnTheDiskSaysWhoseItIs() {
        for (var log : List.of(
                LogName.DIRECTORY,
                new LogName("x", 1),
                new LogName("1/2", 3),
                new LogName("state", 4),
                new LogName("directory", Long.MAX_VALUE),
                new LogName("/", 5))) {
            assertThat(StoredShard.logOf(SHARD, log.stored(SHARD))).contains(log);
            assertThat(StoredShard.logOf(new ShardId("18"), log.stored(SHARD))).isEmpty();
            assertThat(StoredShard.shardOf(log.stored(SHARD))).contains(SHARD);
        }
        assertThat(StoredShard.shardOf(LogName.storedState(SHARD))).contains(SHARD);
        assertThat(StoredShard.logOf(SHARD, LogName.storedState(SHARD))).isEmpty();
        for (var other : List.of(
                "",
                "shard/",
                "shard//directory",
                "shard/17",
                "shard/17/",
                "shard/17/other",
                "shard/17/03/x",
                "shard/17/+3/x",
                "shard/17/0/x",
                "shard/17/-1/x",
                "shard/17/3/",
                "shard/17/x/y",
                "Shard/17/directory")) {
            assertThat(StoredShard.shardOf(other)).as(other).isEmpty();
        }
    }

    private List<LogEntry> damaged(long... indexes) {
        var entries = entries(LogPoint.START, 10, new SplittableRandom(4));
        try (var store = TestLogs.open(folder)) {
            write(store, new Change.Append(SPACE, LogPoint.START, entries));
        }
        TestLogs.damage(folder, SPACE.stored(SHARD), indexes);
        return entries;
    }

    @Test
    void aHoleIsReadAround() {
        var entries = damaged(4, 6);
        for (var start = 0; start < 2; start++) {
            try (var store = TestLogs.open(folder)) {
                var shard = shard(store);
                if (start == 0) {
                    assertThat(shard.hole(SPACE)).isEmpty();
                    assertThat(shard.read(SPACE, 1, 10, 100, Long.MAX_VALUE)).hasSize(3);
                    assertThat(shard.hole(SPACE)).contains(new Hole(4, 4));
                    assertThat(shard.read(SPACE, 5, 10, 100, Long.MAX_VALUE)).hasSize(1);
                }
                // Both are noted, and both notes last.
                assertThat(shard.hole(SPACE)).contains(new Hole(4, 6));
                assertThat(store.quarantined(SPACE.stored(SHARD))).isPresent();
                assertThat(shard.last(SPACE)).isEqualTo(entries.getLast().point());
                assertThat(shard.point(SPACE, 3)).contains(entries.get(2).point());
                assertThat(shard.point(SPACE, 4)).isEmpty();
                assertThat(shard.point(SPACE, 5)).contains(entries.get(4).point());
                assertThat(points(shard.read(SPACE, 7, 10, 100, Long.MAX_VALUE)))
                        .isEqualTo(points(entries.subList(6, 10)));
                assertThatThrownBy(() -> shard.read(SPACE, 4, 10, 100, Long.MAX_VALUE))
                        .isInstanceOfSatisfying(DamagedLogException.class, e -> {
                            assertThat(e.log()).isEqualTo(SPACE);
                            assertThat(e.hole()).isEqualTo(new Hole(4, 6));
                        });
                var failure = catchThrowable(() -> write(
                        store,
                        new Change.Append(
                                SPACE,
                                entries.getLast().point(),
                                entries(entries.getLast().point(), 1, new SplittableRandom(9)))));
                assertThat(WriteFailure.of(failure)).isEqualTo(WriteFailure.REFUSED);
            }
        }
    }

    @Test
    void aLogWhoseEndIsDamagedEndsBeforeIt() {
        var entries = damaged(5, 9, 10);
        for (var start = 0; start < 2; start++) {
            try (var store = TestLogs.open(folder)) {
                var shard = shard(store);
                assertThat(shard.logs()).containsExactly(SPACE);
                assertThat(shard.base(SPACE)).isEqualTo(LogPoint.START);
                assertThat(shard.last(SPACE)).isEqualTo(entries.get(7).point());
                assertThat(shard.hole(SPACE)).contains(new Hole(9, 10));
                assertThat(points(shard.read(SPACE, 6, 20, 100, Long.MAX_VALUE)))
                        .isEqualTo(points(entries.subList(5, 8)));
            }
        }
        try (var store = TestLogs.open(folder)) {
            var shard = shard(store);
            assertThatThrownBy(() -> shard.read(SPACE, 5, 20, 100, Long.MAX_VALUE))
                    .isInstanceOf(DamagedLogException.class);
            assertThat(shard.hole(SPACE)).contains(new Hole(5, 10));
            write(store, new Change.Drop(SPACE));
            assertThat(shard.hole(SPACE)).isEmpty();
            assertThat(shard.logs()).isEmpty();
            write(store, new Change.Append(SPACE, LogPoint.START, entries));
            assertThat(points(shard.read(SPACE, 1, 20, 100, Long.MAX_VALUE))).isEqualTo(points(entries));
        }
    }

    @Test
    void aSnapshotThatTheLogHasGoneBeyondDoesNotCount() {
        try (var store = TestLogs.open(folder)) {
            var entries = entries(LogPoint.START, 10, new SplittableRandom(4));
            write(store, new Change.Append(SPACE, LogPoint.START, entries));
            var shard = new StoredShard(
                    store, SHARD, _ -> Optional.of(entries.get(4).point()));
            write(store, new Change.CutTo(SPACE, entries.get(4).point()));
            assertThat(shard.snapshot(SPACE)).contains(entries.get(4).point());
            write(store, new Change.CutTo(SPACE, entries.get(5).point()));
            assertThat(shard.snapshot(SPACE)).isEmpty();
        }
    }

    @Test
    void aFailureSaysWhetherAnythingMayHaveHappened() {
        var entry = LogEntry.after(LogPoint.START, 1, 0, new byte[1]);
        var append = new Change.Append(SPACE, LogPoint.START, List.of(entry));
        var failing = TestLogs.failing(folder);
        try (var store = failing.store()) {
            var huge = new LogChange.Append(
                    "x", 1, 1, java.util.OptionalLong.empty(), List.of(new LogChange.Content(new byte[200 << 20], 0)));
            assertThat(WriteFailure.of(catchThrowable(() -> store.write(List.of(huge)))))
                    .isEqualTo(WriteFailure.REFUSED);
            failing.failNext().set(new IllegalStateException("broken"));
            var failure = catchThrowable(() -> write(store, append));
            assertThat(WriteFailure.of(failure)).isEqualTo(WriteFailure.UNKNOWN);
            assertThat(WriteFailure.of(new CompletionException(failure))).isEqualTo(WriteFailure.UNKNOWN);
        }
        try (var store = TestLogs.open(folder)) {
            store.close();
            assertThat(WriteFailure.of(catchThrowable(() -> write(store, append))))
                    .isEqualTo(WriteFailure.CLOSED);
        }
        assertThat(WriteFailure.of(new IllegalStateException("a bug"))).isEqualTo(WriteFailure.UNKNOWN);
    }
}
