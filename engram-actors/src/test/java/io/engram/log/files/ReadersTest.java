package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The readers against files that LevelDB wrote, and the writers against LevelDB's own reading. */
class ReadersTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    private static byte[] random(Random random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Everything in a folder as our own readers see it. */
    private static TreeMap<byte[], byte[]> read(Path folder) throws Exception {
        var files = FolderFiles.in(folder);
        var manifest = Manifest.read(files);
        var ops = new ArrayList<Op>();
        for (var live : manifest.tables()) {
            var table = Table.open(files.tables().getOrDefault(live.number(), folder), live.bytes());
            for (var block : table.blocks()) {
                ops.addAll(table.ops(block));
            }
        }
        for (var log : files.logs().entrySet()) {
            if (manifest.replays(log.getKey())) {
                for (var piece : WriteAheadLog.read(Files.readAllBytes(log.getValue()), WriteBatch::isWhole)) {
                    ops.addAll(WriteBatch.read(((WriteAheadLog.Whole) piece).content()));
                }
            }
        }
        ops.sort(Op.ORDER);
        var newest = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        var last = new byte[0];
        for (var op : ops) {
            if (!Arrays.equals(op.key(), last) && op.isPut()) {
                newest.put(op.key(), op.value());
            }
            last = op.key();
        }
        return newest;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void tablesLogsAndManifestAreReadAsLevelDbReadsThem(long seed) throws Exception {
        var random = new Random(seed);
        var folder = temporary.resolve("log");
        var written = RandomFolder.write(folder, random, 100, true, true);
        if (seed % 2 == 0) {
            written.compact();
        }
        written.close();
        assertThat(WrittenFolder.digest(read(folder))).isEqualTo(WrittenFolder.digest(written.state));
    }

    @Test
    void recordsOfEverySizeSurviveTheBlocks() {
        var random = new Random(1);
        var records = new ArrayList<byte[]>();
        for (var i = 0; i < 300; i++) {
            records.add(random(
                    random,
                    switch (i % 5) {
                        case 0 -> random.nextInt(10);
                        case 1 -> Fragments.BLOCK_BYTES - Fragments.HEADER_BYTES * (1 + i % 3);
                        case 2 -> random.nextInt(100_000);
                        default -> random.nextInt(1_000);
                    }));
        }
        var read = WriteAheadLog.read(WriteAheadLog.write(records), _ -> true);
        assertThat(read).hasSameSizeAs(records);
        for (var i = 0; i < records.size(); i++) {
            assertThat(((WriteAheadLog.Whole) read.get(i)).content()).isEqualTo(records.get(i));
        }
    }

    @Test
    void aLogThatWeWriteIsReadByLevelDb() throws IOException {
        var random = new Random(2);
        var folder = temporary.resolve("log");
        var written = new WrittenFolder(folder, 4 << 20);
        written.close();
        var ops = new ArrayList<Op>();
        var expected = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        // Gaps in the sequences, as a repair leaves them.
        var sequence = 10L;
        for (var i = 0; i < 500; i++) {
            var op = Op.put(sequence, Keys.entry(1, i), random(random, random.nextInt(i % 50 == 0 ? 80_000 : 500)));
            sequence += random.nextInt(4) == 0 ? 5 : 1;
            ops.add(op);
            expected.put(op.key(), op.value());
        }
        Files.write(TornTail.newestLog(folder).orElseThrow(), WriteAheadLog.write(WriteBatch.write(ops)));
        assertThat(WrittenFolder.digest(WrittenFolder.readAll(folder))).isEqualTo(WrittenFolder.digest(expected));
    }

    @Test
    void aBlockThatWeWriteReadsTheSame() throws BadBytesException {
        var random = new Random(3);
        var ops = new ArrayList<Op>();
        for (var i = 0; i < 100; i++) {
            ops.add(new Op(
                    random.nextInt(1_000), i % 7 != 0, Keys.entry(i / 10, i), random(random, i % 7 == 0 ? 0 : i)));
        }
        var read = Block.ops(Block.unsealed(Block.sealed(Block.ofOps(ops))));
        assertThat(read).usingRecursiveComparison().isEqualTo(ops);
        assertThat(Block.ops(Block.ofOps(List.of()))).isEmpty();
    }

    @Test
    void batchesThatCannotBeAreRefused() {
        var record = WriteBatch.write(List.of(Op.put(7, Keys.COMMIT, new byte[3]), Op.delete(8, Keys.HEADER)))
                .getFirst();
        assertThat(WriteBatch.isWhole(record)).isTrue();
        for (var length = 0; length < record.length; length++) {
            assertThat(WriteBatch.isWhole(Arrays.copyOf(record, length))).isFalse();
        }
        var another = record.clone();
        another[8]++;
        assertThatThrownBy(() -> WriteBatch.read(another)).hasMessageContaining("says 3 changes and has 2");
        var unknown = record.clone();
        unknown[WriteBatch.HEADER_BYTES] = 9;
        assertThatThrownBy(() -> WriteBatch.read(unknown)).hasMessageContaining("unknown kind 9");
    }

    @Test
    void aSearchFindsPutsByTheirOwnChecksAndNothingInsideOfThem() throws Exception {
        var inner = EntryCodec.draft(9, 9, 1, new byte[5]);
        EntryCodec.seal(inner, 1, 1);
        var hidden =
                WriteBatch.write(List.of(Op.put(1, Keys.entry(9, 9), inner))).getFirst();
        var outer = EntryCodec.draft(1, 1, 1, hidden);
        EntryCodec.seal(outer, 1, 0);
        var next = Op.put(3, Keys.HEADER, Values.header(5));
        var whole = WriteBatch.write(List.of(Op.put(1, Keys.entry(1, 1), outer), Op.delete(2, Keys.name("x")), next))
                .getFirst();
        assertThat(OpSearch.in(whole)).extracting(op -> op.key()[0]).containsExactly(Keys.ENTRY_KIND, Keys.HEADER_KIND);
        // The outer one is damaged, but its length is right by what follows: what it holds is not taken for a change.
        var direct = WriteBatch.write(List.of(Op.put(1, Keys.entry(1, 1), outer), next.at(2)))
                .getFirst();
        direct[direct.length - Values.OVERHEAD_BYTES - 8 - 3 - 10] ^= 1;
        assertThat(OpSearch.in(direct)).extracting(op -> op.key()[0]).containsExactly(Keys.HEADER_KIND);
    }

    @Test
    void entriesBesideADamagedDeleteAreDoubtful() {
        var ops = new ArrayList<Op>();
        for (var i = 1; i <= 4; i++) {
            var entry = EntryCodec.draft(1, i, 1, new byte[20]);
            EntryCodec.seal(entry, i, 0);
            if (i == 3) {
                ops.add(Op.delete(100, Keys.entry(1, i)));
            }
            ops.add(Op.put(i, Keys.entry(1, i), entry));
        }
        assertThat(Block.entriesIn(Block.ofOps(ops)))
                .extracting(found -> Keys.indexOf(found.op().key()), Block.Found::isCertain)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(1L, true),
                        org.assertj.core.groups.Tuple.tuple(2L, true),
                        org.assertj.core.groups.Tuple.tuple(3L, false),
                        org.assertj.core.groups.Tuple.tuple(4L, true));
    }

    @Test
    void aRangeOfKeysIsTheEntriesThatItCanHold() {
        assertThat(EntryRange.of(Keys.entry(2, 5), Keys.entry(2, 9)).orElseThrow())
                .isEqualTo(new EntryRange(2, 6, 2, 9));
        assertThat(EntryRange.of(Keys.entry(2, 5), Keys.entry(4, 1)).orElseThrow())
                .satisfies(range -> {
                    assertThat(range.concerns(1)).isFalse();
                    assertThat(range.firstOf(2)).isEqualTo(6);
                    assertThat(range.lastOf(2)).isEqualTo(LostRange.OPEN);
                    assertThat(range.firstOf(3)).isEqualTo(1);
                    assertThat(range.lastOf(4)).isEqualTo(1);
                });
        // Keys of an index are shortened: this one is behind all of log 2 and before all of log 3.
        var shortened = Arrays.copyOf(Keys.entry(3, 0), 9);
        assertThat(EntryRange.of(Keys.entry(2, 5), shortened).orElseThrow())
                .isEqualTo(new EntryRange(2, 6, 2, LostRange.OPEN));
        assertThat(EntryRange.of(shortened, Keys.entry(3, 4)).orElseThrow()).isEqualTo(new EntryRange(3, 0, 3, 4));
        assertThat(EntryRange.of(Keys.entry(2, 5), Keys.start(4)).orElseThrow().lastLog())
                .isEqualTo(Long.MAX_VALUE);
        assertThat(EntryRange.of(Keys.root(5), Keys.entry(1, 1))).isEmpty();
        assertThat(EntryRange.of(Keys.entry(1, 1), Keys.damage(1))).isEmpty();
    }
}
