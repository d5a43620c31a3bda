package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.format.Checksums;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** The small parts of a shard. */
class PartsTest {
    private static final ReplicaId ANN = new ReplicaId("ann");
    private static final ReplicaId BOB = new ReplicaId("bob");

    private static List<LogEntry> entries(int count) {
        var entries = new ArrayList<LogEntry>();
        var point = LogPoint.START;
        for (var i = 0; i < count; i++) {
            var entry = LogEntry.after(point, 1 + i / 3, 10 * i, new byte[] {(byte) i});
            entries.add(entry);
            point = entry.point();
        }
        return entries;
    }

    @Test
    void anEntryHasTheChecksumThatTheStoreGivesIt() {
        var before = new LogPoint(4, 2, 900, 12345);
        var entry = LogEntry.after(before, 3, 1_000, new byte[] {1, 2, 3});
        var draft = EntryCodec.draft(77, 5, 3, new byte[] {1, 2, 3});
        assertThat(entry.checksum()).isEqualTo(EntryCodec.seal(draft, 1_000, before.checksum()));
        assertThat(entry.follows(before)).isTrue();
    }

    @Test
    void timesDoNotRunBackwards() {
        var entry = LogEntry.after(new LogPoint(4, 2, 900, 1), 3, 100, new byte[0]);
        assertThat(entry.timeMicros()).isEqualTo(900);
    }

    @Test
    void aPieceIsIntactOnlyIfEachEntryFollows() {
        var entries = entries(6);
        var piece = new LogPiece(LogName.DIRECTORY, entries.get(1).point(), entries.subList(2, 6));
        assertThat(piece.isIntact()).isTrue();
        assertThat(piece.last().index()).isEqualTo(6);
        assertThat(piece.at(2)).isEqualTo(piece.before());
        assertThat(piece.behind(4)).extracting(LogEntry::index).containsExactly(5L, 6L);
        assertThat(new LogPiece(LogName.DIRECTORY, entries.get(0).point(), entries.subList(2, 6)).isIntact())
                .isFalse();
        var changed = new ArrayList<>(entries.subList(2, 6));
        var third = changed.get(1);
        changed.set(1, new LogEntry(4, third.epoch(), third.timeMicros(), new byte[] {99}, third.checksum()));
        assertThat(new LogPiece(LogName.DIRECTORY, piece.before(), changed).isIntact())
                .isFalse();
    }

    @Test
    void twoShardsAreEqualIfTheyHaveTheSameEnds() {
        var one = new TreeMap<LogName, LogPoint>();
        one.put(LogName.DIRECTORY, new LogPoint(2, 1, 5, 77));
        one.put(new LogName("x", 1), new LogPoint(9, 1, 5, 78));
        var other = new TreeMap<>(one);
        assertThat(LogTail.digest(other)).isEqualTo(LogTail.digest(one));
        other.put(new LogName("x", 1), new LogPoint(9, 1, 5, 79));
        assertThat(LogTail.digest(other)).isNotEqualTo(LogTail.digest(one));
        other.putAll(one);
        other.put(new LogName("y", 2), LogPoint.START);
        assertThat(LogTail.digest(other)).isNotEqualTo(LogTail.digest(one));
        assertThat(LogTail.digest(new TreeMap<>())).isEqualTo(Checksums.OF_NOTHING);
    }

    @Test
    void aWindowKeepsTheNewestEntriesWithoutAHole() {
        var window = new EntryWindow();
        var point = LogPoint.START;
        var removed = 0L;
        for (var entry : entries(200)) {
            window.add(entry, point);
            point = entry.point();
            while (entry.index() - window.first() >= 20) {
                assertThat(window.removeFirst()).isEqualTo(entry.bytes());
                removed++;
            }
            assertThat(window.first()).isEqualTo(removed + 1);
            assertThat(window.before().index()).isEqualTo(removed);
            assertThat(window.has(removed)).isFalse();
            assertThat(window.get(entry.index())).isEqualTo(entry);
        }
        assertThat(window.read(window.first(), 5, 1_000_000)).hasSize(5);
        assertThat(window.read(window.first(), 50, 1)).hasSize(1);
        while (!window.isEmpty()) {
            window.removeFirst();
        }
        assertThat(window.bytes()).isZero();
        assertThat(window.before()).isEqualTo(point);
    }

    @Test
    void aLeaseHoldsAgainstOthersUntilItEnds() {
        var guard = new LeaseGuard();
        guard.give(ANN, 100, 50);
        assertThat(guard.isHeldByAnother(BOB, 149)).isTrue();
        assertThat(guard.isHeldByAnother(ANN, 149)).isFalse();
        assertThat(guard.isHeldByAnother(BOB, 150)).isFalse();
        guard.give(ANN, 140, 50);
        guard.give(ANN, 130, 50);
        assertThat(guard.isHeldByAnother(BOB, 189)).isTrue();
        guard.release();
        assertThat(guard.isHeldByAnother(BOB, 141)).isFalse();
    }

    @Test
    void thePrimaryReliesOnALeaseForLessThanItIsGivenFor() {
        for (var error : new double[] {0, 0.01, 0.2}) {
            var relied = Rules.STRICT.reliesOnLease(1_000_000, error);
            // The primary's clock as slow, and the replica's as fast, as they may be.
            assertThat(relied / (1 - error)).isLessThanOrEqualTo(1_000_000 / (1 + error) + 1e-6);
        }
    }

    @Test
    void pausesDoubleUpToTheirBoundAndAreNotAllEqual() {
        var backoff = new Backoff(ReplicationSettings.DEFAULTS, new SplittableRandom(5));
        var least = ReplicationSettings.DEFAULTS.retryMicros();
        var most = ReplicationSettings.DEFAULTS.maxRetryMicros();
        var nominal = least;
        for (var i = 0; i < 50; i++) {
            assertThat(backoff.next()).isBetween(nominal / 2, nominal + nominal / 2);
            nominal = Math.min(most, 2 * nominal);
        }
        backoff.succeeded();
        assertThat(backoff.next()).isBetween(least / 2, least + least / 2);
    }
}
