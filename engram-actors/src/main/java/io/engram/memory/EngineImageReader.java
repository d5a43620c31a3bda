package io.engram.memory;

import io.engram.memory.image.DamagedImageException;
import io.engram.memory.image.ImageReader;
import io.engram.memory.image.Unpacker;
import io.engram.memory.text.Analyzer;
import io.engram.memory.vector.VectorSet;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes an engine of the sections of an {@link EngineImage}. The arrays that are read are the engine's own from then on. */
final class EngineImageReader {
    private static final int LARGEST_DIMENSION = 1 << 20;

    /** What an entry takes in its section. */
    private static final int ENTRY_BYTES = 4 + 4 + 2 + 1;

    private final ImageReader in;
    private final EngineSettings settings;

    private Counts counts = Counts.NONE;
    private final Tally tally = new Tally();
    private final List<VectorSet> sets = new ArrayList<>();
    private PackedMemories memories = new PackedMemories(new byte[0][], new int[0][], new int[0]);
    private int[] hashes = new int[0];
    private int @Nullable [] records;
    private Entry.Versions[] versions = new Entry.Versions[0];
    private short[] models = new short[0];
    private byte[] suppressed = new byte[0];

    EngineImageReader(ImageReader in, EngineSettings settings) {
        this.in = in;
        this.settings = settings;
    }

    private record Counts(
            int analyzer,
            int clientDimension,
            int entries,
            int rows,
            int records,
            int firstAwaiting,
            int clients,
            List<ModelCounts> models) {
        static final Counts NONE = new Counts(0, 0, 0, 0, 0, 0, 0, List.of());
    }

    private record ModelCounts(String id, int dimension, int vectors) {}

    SpaceEngine read() throws IOException {
        counts = readCounts();
        memories = readMemories();
        readEntries();
        RowTable rows = readRows();
        for (int model = 0; model < counts.models.size(); model++) {
            ModelCounts expected = counts.models.get(model);
            sets.add(readVectors(model, expected.dimension, expected.vectors));
        }
        VectorSet clients =
                counts.clients == 0 ? null : readVectors(EngineImage.CLIENTS, counts.clientDimension, counts.clients);
        TimeOrder order = readOrder();
        Sequence<Entry> entries = entries();
        List<SpaceEngine.ModelSet> modelSets = new ArrayList<>();
        for (int model = 0; model < sets.size(); model++) {
            modelSets.add(new SpaceEngine.ModelSet(counts.models.get(model).id, sets.get(model)));
        }
        IdMap ids = counts.entries == 0 ? IdMap.EMPTY : IdMap.of(StoredIds.of(memories, hashes, records));
        return new SpaceEngine(
                settings,
                rows,
                ids,
                entries,
                order,
                tally,
                modelSets,
                clients,
                counts.clientDimension,
                counts.firstAwaiting);
    }

    private Counts readCounts() throws IOException {
        in.expect(EngineImage.ENGINE);
        byte[] bytes = in.getBytes(Math.toIntExact(in.left()));
        in.end();
        try {
            Unpacker from = new Unpacker(bytes, 0, bytes.length);
            int analyzer = from.getInt();
            int clientDimension = from.getInt();
            int entries = from.getInt();
            int rows = from.getInt();
            int recordCount = from.getInt();
            tally.awaiting = from.getInt();
            int firstAwaiting = from.getInt();
            int clients = from.getInt();
            tally.unpack(from);
            List<ModelCounts> list = new ArrayList<>();
            for (int left = from.getInt(); left > 0; left--) {
                list.add(new ModelCounts(from.getText(), from.getInt(), from.getInt()));
            }
            Counts read =
                    new Counts(analyzer, clientDimension, entries, rows, recordCount, firstAwaiting, clients, list);
            check(isPossible(read) && from.isAtEnd(), "its counts contradict each other");
            return read;
        } catch (IllegalArgumentException | IndexOutOfBoundsException e) {
            throw new DamagedImageException("its counts cannot be read: " + e.getMessage());
        }
    }

    private boolean isPossible(Counts c) {
        boolean models = c.models.size() < Short.MAX_VALUE
                && c.models.stream()
                        .allMatch(m -> m.dimension > 0
                                && m.dimension <= LARGEST_DIMENSION
                                && m.vectors > 0
                                && m.vectors <= c.rows
                                && (long) m.dimension * m.vectors <= in.ahead());
        return models
                && c.rows >= 0
                && c.entries >= c.rows
                && c.records >= c.entries
                && (long) c.entries * ENTRY_BYTES <= in.ahead()
                && c.clients >= 0
                && c.clients <= c.rows
                && c.clientDimension >= (c.clients > 0 ? 1 : 0)
                && c.clientDimension <= LARGEST_DIMENSION
                && (long) c.clientDimension * c.clients <= in.ahead()
                && tally.awaiting >= 0
                && tally.awaiting <= c.rows
                && c.firstAwaiting >= 0
                && c.firstAwaiting <= c.entries;
    }

    private PackedMemories readMemories() throws IOException {
        List<byte[]> pages = new ArrayList<>();
        List<int[]> ends = new ArrayList<>();
        List<Integer> firsts = new ArrayList<>();
        int done = 0;
        while (done < counts.records) {
            in.expect(EngineImage.PAGE);
            int first = in.getInt();
            int count = in.getCount(4);
            int[] pageEnds = in.getInts(count);
            byte[] page = in.getBytes(Math.toIntExact(in.left()));
            in.end();
            check(first == done && count > 0 && count <= counts.records - done, "a page of memories is out of place");
            check(ascends(pageEnds) && pageEnds[count - 1] == page.length, "a page of memories has wrong bounds");
            pages.add(page);
            ends.add(pageEnds);
            firsts.add(first);
            done += count;
        }
        return new PackedMemories(
                pages.toArray(new byte[0][]),
                ends.toArray(new int[0][]),
                firsts.stream().mapToInt(i -> i).toArray());
    }

    private void readEntries() throws IOException {
        hashes = new int[counts.entries];
        records = counts.records == counts.entries ? null : new int[counts.entries];
        versions = new Entry.Versions[counts.entries];
        models = new short[counts.entries];
        suppressed = new byte[counts.entries];
        int done = 0;
        int record = 0;
        while (done < counts.entries) {
            in.expect(EngineImage.ENTRIES);
            int count = in.getCount(ENTRY_BYTES);
            int[] blockHashes = in.getInts(count);
            int[] versionCounts = in.getInts(count);
            short[] blockModels = in.getShorts(count);
            byte[] blockSuppressed = in.getBytes(count);
            in.end();
            check(count > 0 && count <= counts.entries - done, "it has more entries than it says");
            System.arraycopy(blockHashes, 0, hashes, done, count);
            System.arraycopy(blockModels, 0, models, done, count);
            System.arraycopy(blockSuppressed, 0, suppressed, done, count);
            for (int i = 0; i < count; i++) {
                check(
                        versionCounts[i] > 0 && versionCounts[i] <= counts.records - record,
                        "it has more versions than it says");
                check(
                        blockModels[i] >= Entry.NO_VECTOR
                                && blockModels[i] < counts.models.size()
                                && (blockSuppressed[i] == 0 || blockModels[i] == Entry.NO_VECTOR),
                        "an entry has a vector by no model");
                if (records != null) {
                    records[done + i] = record;
                }
                versions[done + i] = versions(record, versionCounts[i]);
                record += versionCounts[i];
            }
            done += count;
        }
        check(record == counts.records, "it has fewer versions than it says");
    }

    /** The newest version lies first. */
    private Entry.Versions versions(int newest, int count) {
        Entry.Versions chain = new Entry.Versions(memories, newest + count - 1, null);
        for (int record = newest + count - 2; record >= newest; record--) {
            chain = new Entry.Versions(memories, record, chain);
        }
        return chain;
    }

    private RowTable readRows() throws IOException {
        boolean analyzedAlike = counts.analyzer == Analyzer.VERSION;
        Analyzer analyzer = new Analyzer();
        RowTable rows = new RowTable();
        int ordinal = 0;
        for (int done = 0; done < counts.rows; ) {
            in.expect(EngineImage.ROWS);
            int count = in.getCount(8 + 4 + 4);
            check(count == Math.min(RowTable.BLOCK, counts.rows - done), "a block of rows has a wrong size");
            long[] textHashes = in.getLongs(count);
            int[] contentEnds = in.getInts(count);
            int[] ends = in.getInts(count);
            int[] terms = in.getInts(Math.toIntExact(in.left() / 4));
            in.end();
            int[] ordinals = new int[count];
            Entry.Versions[] shown = new Entry.Versions[count];
            for (int i = 0; i < count; i++) {
                while (ordinal < suppressed.length && suppressed[ordinal] != 0) {
                    ordinal++;
                }
                check(ordinal < suppressed.length, "it has more rows than entries");
                ordinals[i] = ordinal;
                shown[i] = versions[ordinal++];
            }
            if (analyzedAlike) {
                checkBounds(contentEnds, ends, terms.length);
                rows.appendBlock(shown, ordinals, textHashes, contentEnds, ends, terms);
            } else {
                for (int i = 0; i < count; i++) {
                    SpaceEngine.analyze(shown[i], ordinals[i], analyzer, rows);
                }
            }
            done += count;
        }
        while (ordinal < suppressed.length && suppressed[ordinal] != 0) {
            ordinal++;
        }
        check(ordinal == suppressed.length, "it has fewer rows than entries");
        tally.memories = counts.rows;
        tally.suppressed = counts.entries - counts.rows;
        RowTable.View view = rows.view();
        for (int row = 0; row < counts.rows; row++) {
            tally.contentTerms += view.contentEnd(row) - view.start(row);
            tally.allTerms += view.end(row) - view.start(row);
        }
        return rows;
    }

    private static void checkBounds(int[] contentEnds, int[] ends, int terms) throws IOException {
        int start = 0;
        for (int i = 0; i < ends.length; i++) {
            check(contentEnds[i] >= start && ends[i] >= contentEnds[i], "the terms of a row have wrong bounds");
            start = ends[i];
        }
        check(start == terms, "the terms of a block have wrong bounds");
    }

    private VectorSet readVectors(int model, int dimension, int vectors) throws IOException {
        VectorSet set = new VectorSet(dimension);
        while (set.size() < vectors) {
            in.expect(EngineImage.VECTORS);
            int found = in.getInt();
            int count = in.getCount(4 + 4 + 4 + dimension);
            int[] rows = in.getInts(count);
            float[] scales = in.getFloats(count);
            float[] inverseNorms = in.getFloats(count);
            byte[] bytes = in.getBytes(Math.multiplyExact(count, dimension));
            in.end();
            check(
                    found == model && count == Math.min(VectorSet.BLOCK, vectors - set.size()),
                    "a block of vectors is out of place");
            for (int row : rows) {
                check(row >= 0 && row < counts.rows, "a vector belongs to no row");
            }
            set.appendBlock(bytes, scales, inverseNorms, rows);
        }
        return set;
    }

    private TimeOrder readOrder() throws IOException {
        List<int[]> runs = new ArrayList<>();
        for (int done = 0; done < counts.rows; ) {
            in.expect(EngineImage.ORDER);
            int count = in.getCount(4);
            int[] run = in.getInts(count);
            in.end();
            check(
                    count == Math.min(EngineImage.ORDER_BLOCK, counts.rows - done),
                    "a part of the order of time has a wrong size");
            for (int row : run) {
                check(row >= 0 && row < counts.rows, "the order of time names a row that is not there");
            }
            runs.add(run);
            done += count;
        }
        return TimeOrder.ofSorted(runs);
    }

    private Sequence<Entry> entries() throws IOException {
        int[] slots = new int[sets.size()];
        int[] row = new int[1];
        Sequence<Entry> entries = Sequence.of(counts.entries, ordinal -> {
            int model = models[ordinal];
            boolean hidden = suppressed[ordinal] != 0;
            return new Entry(
                    ordinal,
                    hidden ? Entry.NO_ROW : row[0]++,
                    versions[ordinal],
                    model,
                    model == Entry.NO_VECTOR ? 0 : slots[model]++);
        });
        for (int model = 0; model < slots.length; model++) {
            check(slots[model] == sets.get(model).size(), "it has other vectors than its entries say");
            tally.embedded += slots[model];
        }
        return entries;
    }

    private static boolean ascends(int[] ends) {
        int before = 0;
        for (int end : ends) {
            if (end < before) {
                return false;
            }
            before = end;
        }
        return true;
    }

    private static void check(boolean right, String otherwise) throws DamagedImageException {
        if (!right) {
            throw new DamagedImageException(otherwise);
        }
    }
}
