package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Touched;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/** Holds a folder that was damaged and set right against what was written. */
final class Verdict {
    private final WrittenFolder written;
    private final LogLayout layout;
    private final BitSet changed;
    private final List<LogLayout.Record> damaged;
    private final boolean misplaced;

    /** @param misplaced whether valid bytes of another time are part of the damage: then more is dropped than was reached */
    Verdict(WrittenFolder written, LogLayout layout, BitSet changed, boolean misplaced) {
        this.misplaced = misplaced;
        this.written = written;
        this.layout = layout;
        this.changed = changed;
        this.damaged = LogDamage.damaged(layout, changed);
    }

    /**
     * Never a silent loss: a log without a damage note has exactly what was written; one with a note has everything that the
     * damage did not reach; and there is no note for a log that no damaged write touched.
     */
    void holds(Path folder, StartReport report) throws Exception {
        var actual = WrittenFolder.readAll(folder);
        var noted = new TreeSet<Long>();
        for (var key : actual.keySet()) {
            assertThat(SelfCheck.passes(key, actual.get(key))).as(text(key)).isTrue();
            if (key[0] == Keys.DAMAGE_KIND) {
                noted.add(Keys.numberOf(key));
            }
        }
        assertThat(report.lost().stream().map(LostRange::log).collect(Collectors.toSet()))
                .as("the logs in the report have notes")
                .isEqualTo(noted);
        assertThat(noted).as("only logs that damaged writes touched have notes").isSubsetOf(touched());
        var hit = keysHit();
        var keys = new TreeSet<byte[]>(Arrays::compareUnsigned);
        keys.addAll(written.state.keySet());
        keys.addAll(actual.keySet());
        for (var key : keys) {
            if (key[0] == Keys.DAMAGE_KIND || noted.contains(logOf(key)) && hit.contains(key) || isLeftOver(key)) {
                continue;
            }
            assertThat(hex(actual.get(key))).as(text(key)).isEqualTo(hex(written.state.get(key)));
        }
        assertThat(actual.entrySet()).allSatisfy(each -> {
            if (each.getKey()[0] != Keys.DAMAGE_KIND) {
                assertThat(written.history.get(each.getKey()))
                        .as(text(each.getKey()))
                        .anySatisfy(value -> assertThat(value).isEqualTo(each.getValue()));
            }
        });
    }

    /** Whether nobody reads this entry any more: it is below its log's base point, or its log was dropped. */
    private boolean isLeftOver(byte[] key) {
        var log = written.logs.get(logOf(key));
        return Keys.isEntry(key) && log != null && (log.dropped || Keys.indexOf(key) <= log.base.index());
    }

    /** Logs that damaged entries belong to must have notes and no other, where nothing but entries and notes was damaged. */
    boolean isPlain() {
        return !misplaced
                && !damaged.isEmpty()
                // With nothing before it, the first record is counted by its own header.
                && changed.get(0, Fragments.HEADER_BYTES + WriteBatch.HEADER_BYTES)
                        .isEmpty()
                && damaged.stream()
                        .allMatch(record -> record.ops().stream()
                                .allMatch(placed -> placed.op().isPut()))
                && opsHit().stream().allMatch(op -> Keys.isEntry(op.key()) || op.key()[0] == Keys.COMMIT_KIND);
    }

    Set<Long> logsWithDamagedEntries() {
        return opsHit().stream()
                .filter(op -> Keys.isEntry(op.key()))
                .map(op -> Keys.numberOf(op.key()))
                .filter(log -> !wasDropped(log))
                .collect(Collectors.toSet());
    }

    /** What a log has lost is of no interest once it was dropped: there may be a note of it or not. */
    boolean wasDropped(long log) {
        var known = written.logs.get(log);
        return known != null && known.dropped;
    }

    /** Whether damage like this may be refused: two notes in a row, or both the name and the root of a log. */
    boolean mayBeRefused() throws Exception {
        var before = false;
        for (var record : layout.records) {
            for (var placed : record.ops()) {
                if (placed.op().key()[0] == Keys.COMMIT_KIND) {
                    var now = LogDamage.hits(changed, placed.bytes());
                    if (before && now) {
                        return true;
                    }
                    before = now;
                }
            }
        }
        var names = new TreeSet<Long>();
        var roots = new TreeSet<Long>();
        for (var op : opsHit()) {
            if (op.isPut() && op.key()[0] == Keys.NAME_KIND) {
                names.add(Values.numbers(op.key(), op.value(), 1)[0]);
            } else if (op.key()[0] == Keys.ROOT_KIND) {
                roots.add(Keys.numberOf(op.key()));
            }
        }
        names.retainAll(roots);
        return !names.isEmpty();
    }

    private List<Op> opsHit() {
        return damaged.stream()
                .flatMap(record -> record.ops().stream())
                .filter(placed -> LogDamage.hits(changed, placed.bytes()))
                .map(LogLayout.Placed::op)
                .toList();
    }

    /** Keys whose changes the damage reached; a delete in a damaged record has nothing by which it could be trusted. */
    private Set<byte[]> keysHit() {
        var keys = new TreeSet<byte[]>(Arrays::compareUnsigned);
        for (var record : damaged) {
            for (var placed : record.ops()) {
                if (misplaced || !placed.op().isPut() || LogDamage.hits(changed, placed.bytes())) {
                    keys.add(placed.op().key());
                }
            }
        }
        return keys;
    }

    /** The logs that the damaged writes touched, and those of their neighbours that have no note of their own. */
    private Set<Long> touched() {
        var touched = new TreeSet<Long>();
        for (var record : damaged) {
            for (var placed : record.ops()) {
                Gap.commitIn(placed.op())
                        .ifPresent(note -> note.own().stream().map(Touched::log).forEach(touched::add));
            }
        }
        return touched;
    }

    private long logOf(byte[] key) {
        return switch (key[0]) {
            case Keys.HEADER_KIND, Keys.COMMIT_KIND, (byte) 0xFF -> 0;
            case Keys.NAME_KIND ->
                written.logs.values().stream()
                        .filter(log -> log.name.equals(Keys.nameOf(key)))
                        .mapToLong(log -> log.number)
                        .max()
                        .orElse(0);
            default -> Keys.numberOf(key);
        };
    }

    private static String hex(byte @org.jspecify.annotations.Nullable [] value) {
        return value == null ? "nothing" : HexFormat.of().formatHex(value);
    }

    private static String text(byte[] key) {
        return "key " + HexFormat.of().formatHex(key);
    }
}
