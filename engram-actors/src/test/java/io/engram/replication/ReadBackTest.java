package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.LogStore;
import io.engram.log.TestLogs;
import io.engram.log.format.LogPoint;
import io.engram.shard.StoredChanges;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy meets the damage that nobody has met, before it counts. */
class ReadBackTest {
    private static final ShardId SHARD = new ShardId("3");
    private static final ReplicaId SELF = new ReplicaId("self");
    private static final ReplicaId PRIMARY = new ReplicaId("primary");
    private static final LogName LOG = new LogName("space", 1);
    /** Of entries in a message. */
    private static final int MOST = ReplicationSimulationTest.settings(0).maxMessageEntries();

    private static List<LogEntry> entries(int count) {
        var entries = new ArrayList<LogEntry>();
        var point = LogPoint.START;
        for (var i = 0; i < count; i++) {
            entries.add(LogEntry.after(point, 1, i, new byte[] {(byte) i}));
            point = entries.getLast().point();
        }
        return entries;
    }

    private static StoredShard shard(StoredLog log) {
        var creation = LogEntry.after(LogPoint.START, 1, 0, new DirectoryEntry.Create(LOG.space()).toBytes());
        return StoredShard.EMPTY
                .with(LogName.DIRECTORY, StoredLog.EMPTY.append(LogPoint.START, List.of(creation)))
                .with(LOG, log);
    }

    private static ReplicaLogs logs(LogReader reader) {
        return new ReplicaLogs(reader, Rules.STRICT);
    }

    private static LogReader reader(StoredShard shard) {
        return new StoredReader(() -> shard, _ -> {});
    }

    /** @return how many pieces were read */
    private static int readAll(ReadBack readBack) {
        var steps = 0;
        while (!readBack.isDone()) {
            readBack.step();
            steps++;
        }
        return steps;
    }

    private static ReadBack readBack(ReplicaLogs logs) {
        return logs.readBack(ReplicationSimulationTest.settings(0));
    }

    @Test
    void everythingIsReadInPieces() {
        var logs = logs(reader(shard(StoredLog.EMPTY.append(LogPoint.START, entries(3 * MOST + 1)))));
        assertThat(readAll(readBack(logs))).isEqualTo(1 + 4);
        assertThat(logs.isWhole()).isTrue();
    }

    @Test
    void whatIsNotThereIsReadBackAtOnce() {
        assertThat(readBack(logs(reader(StoredShard.EMPTY))).isDone()).isTrue();
    }

    @Test
    void allDamageIsMet() {
        var log = StoredLog.EMPTY
                .append(LogPoint.START, entries(20))
                .damage(2)
                .damage(9)
                .damage(17);
        var met = new ArrayList<LogName>();
        var disk = shard(log);
        var logs = logs(new StoredReader(() -> disk, met::add));
        assertThat(logs.isWhole()).isTrue();
        readAll(readBack(logs));
        assertThat(logs.hole(LOG)).contains(new Hole(2, 17));
        assertThat(logs.hole(LogName.DIRECTORY)).isEmpty();
        assertThat(met).containsOnly(LOG);
    }

    @Test
    void whatASnapshotCoversIsNotRead() {
        var entries = entries(9);
        var point = entries.get(4).point();
        var log = StoredLog.EMPTY
                .append(LogPoint.START, entries)
                .withSnapshot(new StoredLog.StoredSnapshot(point, List.of()))
                .cutTo(point);
        var logs = logs(reader(shard(log.damage(8))));
        readAll(readBack(logs));
        assertThat(logs.hole(LOG)).contains(new Hole(8, 8));
    }

    @Test
    void aRealStoreMeetsItToo(@TempDir Path folder) {
        var entries = entries(20);
        try (var store = TestLogs.open(folder)) {
            TestLogs.await(
                    store.write(StoredChanges.of(SHARD, List.of(new Change.Append(LOG, LogPoint.START, entries)))));
        }
        LongStream.of(3, 12).forEach(index -> TestLogs.damage(folder, LOG.stored(SHARD), index));
        try (var store = TestLogs.open(folder)) {
            var logs = logs(reader(store));
            assertThat(logs.isWhole()).isTrue();
            readAll(readBack(logs));
            assertThat(logs.hole(LOG)).contains(new Hole(3, 12));
        }
    }

    private static LogReader reader(LogStore store) {
        return new io.engram.shard.StoredShard(store, SHARD, _ -> Optional.empty());
    }

    @Test
    void whoIsNotTrustedMeetsItsDamageBeforeItAdopts() {
        assertThat(adopts(5)).isFalse();
        assertThat(adopts(4)).isFalse();
        assertThat(adopts(3)).isTrue();
    }

    /** @return whether a damaged copy that adopted epoch 3 adopts epoch 5, rather than asking for what it lacks */
    private static boolean adopts(long trusted) {
        var stored = shard(StoredLog.EMPTY
                        .append(LogPoint.START, entries(3 * MOST + 1))
                        .damage(MOST + 1))
                .with(List.of(new Change.PutState(ShardState.NONE.withAdopted(3, PRIMARY, 0))));
        var disk = new StoredShard[] {stored};
        var shard = new Shard(
                SHARD,
                SELF,
                ReplicationSimulationTest.settings(0),
                new StoredReader(() -> disk[0], _ -> {}),
                new SplittableRandom(1),
                0);
        var tails = new TreeMap<LogName, LogPoint>();
        stored.logs().forEach((log, each) -> tails.put(log, each.last()));
        var configuration = new Configuration(5, PRIMARY, List.of(PRIMARY, SELF));
        shard.receive(0, PRIMARY, new Message.Adopt(SHARD, configuration, 1, LogTail.digest(tails), 0, trusted));
        for (var now = 1; now < 1_000; now++) {
            for (var output : shard.takeOutputs()) {
                if (output instanceof Output.Force force) {
                    disk[0] = disk[0].with(force.changes());
                    shard.forced(now, force.ticket());
                } else if (output instanceof Output.Send send && send.message() instanceof Message.AskManifest) {
                    assertThat(shard.isWhole()).isFalse();
                    return false;
                }
            }
            if (shard.state().adopted() == 5) {
                return true;
            }
            if (shard.wakeAt() <= now) {
                shard.tick(now);
            }
        }
        throw new AssertionError("it did neither");
    }

    @Test
    void whatCountedUntilNowIsTrustedUnlessLessIsBorne() {
        var last = configuration(4, "a", "b", "c");
        assertThat(trusted("b", last, configuration(6, "b", "a", "c"))).isEqualTo(4);
        assertThat(trusted("b", last, configuration(6, "b", "c"))).isEqualTo(4);
        assertThat(trusted("b", last, configuration(6, "b", "c", "d"))).isEqualTo(4);
        assertThat(trusted("d", last, configuration(6, "b", "c", "d"))).isEqualTo(6);
        assertThat(trusted("b", last, configuration(6, "b"))).isEqualTo(6);
        assertThat(trusted("b", configuration(4, "a", "b", "c", "d"), configuration(6, "b", "c", "d")))
                .isEqualTo(6);
        assertThat(Rules.STRICT.trusted(new ReplicaId("a"), Optional.empty(), last))
                .isZero();
    }

    private static long trusted(String member, Configuration last, Configuration next) {
        return Rules.STRICT.trusted(new ReplicaId(member), Optional.of(last), next);
    }

    private static Configuration configuration(long epoch, String... members) {
        var ids = List.of(members).stream().map(ReplicaId::new).toList();
        return new Configuration(epoch, ids.getFirst(), ids);
    }
}
