package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/**
 * Knows everything of a shard that no node knows, and says when something is wrong:
 *
 * <ul>
 *   <li>an acknowledged entry (or one that was shown) is not on the disks of a majority of the active configuration; copies that
 *       were damaged or whose disk was lost are allowed for
 *   <li>two runs were primary in one epoch
 *   <li>committed entries differ between two copies at one index
 *   <li>a read shows less than was acknowledged before it began, or what was deleted, or nothing where there is something
 * </ul>
 */
final class Judge {
    /** What is known of one log's committed entries: their checksums. */
    private final TreeMap<LogName, List<Long>> committed = new TreeMap<>();
    /** Up to where it was acknowledged, or shown. */
    private final TreeMap<LogName, Long> acknowledged = new TreeMap<>();

    private final TreeMap<String, TreeSet<LogName>> createdAcknowledged = new TreeMap<>();
    private final Set<LogName> deletedAcknowledged = new HashSet<>();
    private final Set<LogName> deleteAsked = new HashSet<>();
    private final Set<LogName> deletedCommitted = new HashSet<>();
    private final Map<Long, String> primaries = new HashMap<>();
    private final Register register;
    private final Supplier<Map<ReplicaId, StoredShard>> disks;

    /** Copies on lost disks are not among the disks. */
    Judge(Register register, Supplier<Map<ReplicaId, StoredShard>> disks) {
        this.register = register;
        this.disks = disks;
    }

    // ---- what happened ----

    /** A run says that it is the active primary of an epoch, or does what only it may do. */
    void leads(long epoch, String run) {
        var other = primaries.putIfAbsent(epoch, run);
        require(other == null || other.equals(run), "%s and %s both lead epoch %d", other, run, epoch);
    }

    /** An entry was acknowledged as committed. */
    void acknowledged(LogName log, long index, Optional<String> content) {
        acknowledged.merge(log, index, Math::max);
        learn(log, index);
        check();
        content.ifPresent(text -> {
            for (var disk : disks.get().values()) {
                var stored = disk.log(log);
                if (stored.point(index).isPresent()
                        && index > stored.base().index()
                        && stored.point(index).get().checksum() == checksum(log, index)) {
                    var there = new String(stored.entry(index).content(), StandardCharsets.UTF_8);
                    require(
                            there.equals(text),
                            "%s at %d of %s was acknowledged, but there is %s",
                            text,
                            index,
                            log,
                            there);
                }
            }
        });
    }

    void created(LogName log) {
        createdAcknowledged.computeIfAbsent(log.space(), _ -> new TreeSet<>()).add(log);
    }

    /** Whichever log the space has now may be deleted from now on. */
    void deleteAsked(String space) {
        for (var disk : disks.get().values()) {
            for (var entry : disk.log(LogName.DIRECTORY).entries()) {
                if (DirectoryEntry.of(entry.content()).space().equals(space)) {
                    deleteAsked.add(new LogName(space, entry.index()));
                }
            }
        }
    }

    void deleted(LogName log) {
        deletedAcknowledged.add(log);
    }

    /** A copy says that its log is committed up to an index. */
    void committed(StoredShard at, LogName log, long index) {
        var stored = at.log(log);
        var known = committed.computeIfAbsent(log, _ -> new ArrayList<>());
        if (index <= known.size()) {
            stored.point(index)
                    .ifPresent(point -> require(
                            point.checksum() == known.get((int) index - 1),
                            "%s is committed at %d in two ways",
                            log,
                            index));
            return;
        }
        for (var i = known.size() + 1L; i <= index; i++) {
            if (i <= stored.base().index() || stored.point(i).isEmpty()) {
                break;
            }
            known.add(stored.entry(i).checksum());
            if (log.isDirectory()) {
                if (DirectoryEntry.of(stored.entry(i).content()) instanceof DirectoryEntry.Delete delete) {
                    deletedCommitted.add(new LogName(delete.space(), delete.created()));
                }
            }
        }
    }

    /** Takes what a majority has as committed. */
    private void learn(LogName log, long index) {
        if (committed.getOrDefault(log, List.of()).size() >= index) {
            return;
        }
        var members = register.value().lastActive().orElseThrow().members();
        var counts = new HashMap<LogPoint, Integer>();
        for (var member : members) {
            var disk = disks.get().get(member);
            if (disk != null) {
                disk.log(log).point(index).ifPresent(point -> counts.merge(point, 1, Integer::sum));
            }
        }
        // One of those who had it may have lost its disk since; what another epoch left there is older then.
        var most = counts.entrySet().stream()
                .max(Map.Entry.<LogPoint, Integer>comparingByValue()
                        .thenComparing(each -> each.getKey().epoch()));
        require(most.isPresent(), "%s is acknowledged up to %d, and nobody has it", log, index);
        for (var member : members) {
            var disk = disks.get().get(member);
            if (disk != null
                    && disk.log(log)
                            .point(index)
                            .filter(p -> p.equals(most.get().getKey()))
                            .isPresent()) {
                committed(disk, log, index);
            }
        }
    }

    private long checksum(LogName log, long index) {
        var known = committed.getOrDefault(log, List.of());
        require(index <= known.size(), "%s is acknowledged up to %d, but known up to %d", log, index, known.size());
        return known.get((int) index - 1);
    }

    // ---- what must always hold ----

    /** Everything acknowledged is on the disks of a majority. */
    void check() {
        var active = register.value().lastActive();
        if (active.isEmpty()) {
            return;
        }
        var byNode = disks.get();
        for (var entry : acknowledged.entrySet()) {
            var log = entry.getKey();
            if (deletedCommitted.contains(log)) {
                continue;
            }
            var index = entry.getValue();
            var checksum = checksum(log, index);
            var have = 0;
            for (var member : active.get().members()) {
                var disk = byNode.get(member);
                if (disk == null
                        || !disk.state().whole()
                        || has(disk.log(log), index, checksum)
                        || deleteAsked.contains(log) && deletes(disk, log)) {
                    have++;
                }
            }
            require(
                    have >= active.get().quorum(),
                    "entry %d of %s was acknowledged, but %d of %s have it",
                    index,
                    log,
                    have,
                    active.get());
        }
    }

    /** Whether the copy's directory deletes the log. That need not be committed yet, but it supersedes what was in it. */
    private static boolean deletes(StoredShard disk, LogName log) {
        return disk.log(LogName.DIRECTORY).entries().stream()
                .map(entry -> DirectoryEntry.of(entry.content()))
                .anyMatch(entry -> entry.equals(new DirectoryEntry.Delete(log.space(), log.created())));
    }

    private static boolean has(StoredLog log, long index, long checksum) {
        if (index < log.base().index()) {
            return true;
        }
        if (index > log.last().index()) {
            return false;
        }
        return log.damaged().contains(index) || log.point(index).orElseThrow().checksum() == checksum;
    }

    // ---- reads ----

    /** What a read that begins now must not fall behind. */
    record Before(
            String space, Optional<LogName> newestCreated, Map<LogName, Long> acknowledged, Set<LogName> deleted) {}

    Before readBegins(String space) {
        var logs = createdAcknowledged.getOrDefault(space, new TreeSet<>());
        var marks = new HashMap<LogName, Long>();
        acknowledged.forEach((log, index) -> {
            if (log.space().equals(space)) {
                marks.put(log, index);
            }
        });
        return new Before(
                space,
                logs.isEmpty() ? Optional.empty() : Optional.of(logs.last()),
                marks,
                Set.copyOf(deletedAcknowledged));
    }

    void readEnds(Before before, Outcome.Readable shown) {
        if (shown.log().isEmpty()) {
            before.newestCreated()
                    .ifPresent(log -> require(
                            deleteAsked.contains(log),
                            "%s was created, never deleted, and a read does not find it",
                            log));
            return;
        }
        var log = shown.log().get();
        require(!before.deleted().contains(log), "%s was deleted and is read again", log);
        before.newestCreated()
                .ifPresent(newest ->
                        require(log.created() >= newest.created(), "%s is read although %s was created", log, newest));
        require(
                shown.index() >= before.acknowledged().getOrDefault(log, 0L),
                "a read shows %s up to %d, but %d was acknowledged before it began",
                log,
                shown.index(),
                before.acknowledged().getOrDefault(log, 0L));
        if (shown.index() > 0 && !deletedCommitted.contains(log)) {
            acknowledged(log, shown.index(), Optional.empty());
        }
    }

    Map<LogName, Long> acknowledged() {
        return acknowledged;
    }

    boolean isDeleted(LogName log) {
        return deletedCommitted.contains(log);
    }

    static void require(boolean condition, String message, Object... arguments) {
        if (!condition) {
            throw new AssertionError(message.formatted(arguments));
        }
    }
}
