package io.engram.memory;

import io.engram.memory.image.ImageWriter;
import io.engram.memory.image.Packer;
import io.engram.memory.text.Analyzer;
import io.engram.memory.vector.VectorSet;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.IntStream;

/** Writes one state as the sections of an {@link EngineImage}. */
final class EngineImageWriter {
    private final EngineState state;
    private final ImageWriter out;
    private final Packer packer = new Packer();

    private int entries;
    private int rows;
    private int records;
    private int firstAwaiting = -1;
    /** The new number of each row; of dead ones anything. */
    private final int[] renumbered;

    private final int[] vectors;
    /** The new number of each model; of those without a vector left anything. */
    private final int[] renumberedModels;

    EngineImageWriter(EngineState state, ImageWriter out) {
        this.state = state;
        this.out = out;
        renumbered = new int[state.rows().size()];
        vectors = new int[state.models().size()];
        renumberedModels = new int[vectors.length];
    }

    void write() throws IOException {
        count();
        List<Integer> models = IntStream.range(0, vectors.length)
                .filter(m -> vectors[m] > 0)
                .boxed()
                .sorted(Comparator.<Integer, String>comparing(
                                m -> state.models().get(m).modelId())
                        .thenComparing(m -> state.models().get(m).vectors().dimension()))
                .toList();
        for (int i = 0; i < models.size(); i++) {
            renumberedModels[models.get(i)] = i;
        }
        int[] clientSlots = clientSlots();
        writeCounts(models, clientSlots.length);
        writeMemories();
        writeEntries();
        writeRows();
        for (int model : models) {
            writeVectors(model);
        }
        writeClients(clientSlots);
        writeOrder();
    }

    private interface Visitor {
        void visit(Entry entry) throws IOException;
    }

    private void forEach(Predicate<Entry> wanted, Visitor visitor) throws IOException {
        for (int i = 0; i < state.entries().size(); i++) {
            Entry entry = state.entries().get(i);
            if (entry != null && wanted.test(entry)) {
                visitor.visit(entry);
            }
        }
    }

    private static boolean shown(Entry entry) {
        return !entry.suppressed();
    }

    private void count() throws IOException {
        forEach(entry -> true, entry -> {
            records = Math.addExact(records, entry.versions().count());
            if (firstAwaiting < 0 && entry.ordinal() >= state.firstAwaiting() && entry.awaitsVector()) {
                firstAwaiting = entries;
            }
            if (!entry.suppressed()) {
                renumbered[entry.row()] = rows++;
            }
            if (entry.model() != Entry.NO_VECTOR) {
                vectors[entry.model()]++;
            }
            entries++;
        });
        if (firstAwaiting < 0) {
            firstAwaiting = entries;
        }
    }

    /** The slots of the clients' vectors that are alive, in the order of the new rows. */
    private int[] clientSlots() {
        VectorSet.View clients = state.clients();
        if (clients == null) {
            return new int[0];
        }
        int[] slotsByRow = new int[rows];
        for (int slot = 0; slot < clients.size(); slot++) {
            if (state.isAlive(clients.row(slot))) {
                slotsByRow[renumbered[clients.row(slot)]] = slot + 1;
            }
        }
        return IntStream.of(slotsByRow).filter(s -> s > 0).map(s -> s - 1).toArray();
    }

    private void writeCounts(List<Integer> models, int clients) throws IOException {
        packer.clear();
        packer.putInt(Analyzer.VERSION);
        packer.putInt(state.clientDimension());
        packer.putInt(entries);
        packer.putInt(rows);
        packer.putInt(records);
        packer.putInt(state.tally().awaiting);
        packer.putInt(firstAwaiting);
        packer.putInt(clients);
        state.tally().pack(packer);
        packer.putInt(models.size());
        for (int model : models) {
            packer.putText(state.models().get(model).modelId());
            packer.putInt(state.models().get(model).vectors().dimension());
            packer.putInt(vectors[model]);
        }
        out.begin(EngineImage.ENGINE, packer.size());
        out.putBytes(packer.array(), 0, packer.size());
        out.end();
    }

    private void writeMemories() throws IOException {
        int[] ends = new int[EngineImage.PAGE_RECORDS];
        int[] written = new int[2];
        packer.clear();
        forEach(entry -> true, entry -> {
            for (Entry.Versions version = entry.versions(); version != null; version = version.older()) {
                version.pack(packer);
                ends[written[1]++] = packer.size();
                if (packer.size() >= EngineImage.PAGE_BYTES || written[1] == ends.length) {
                    writePage(written[0], ends, written[1]);
                    written[0] += written[1];
                    written[1] = 0;
                }
            }
        });
        if (written[1] > 0) {
            writePage(written[0], ends, written[1]);
        }
    }

    private void writePage(int first, int[] ends, int count) throws IOException {
        out.begin(EngineImage.PAGE, 4 + 4 + 4L * count + packer.size());
        out.putInt(first);
        out.putInt(count);
        out.putInts(ends, 0, count);
        out.putBytes(packer.array(), 0, packer.size());
        out.end();
        packer.clear();
    }

    /** Entries that fill up a block. */
    private final class Block {
        final Entry[] block;
        private final Visiting full;
        int size;

        Block(int capacity, Visiting full) {
            this.block = new Entry[capacity];
            this.full = full;
        }

        void add(Entry entry) throws IOException {
            block[size++] = entry;
            if (size == block.length) {
                flush();
            }
        }

        void flush() throws IOException {
            if (size > 0) {
                full.visit(block, size);
                size = 0;
            }
        }
    }

    private interface Visiting {
        void visit(Entry[] block, int size) throws IOException;
    }

    private void inBlocks(int capacity, Predicate<Entry> wanted, Visiting visiting) throws IOException {
        Block block = new Block(capacity, visiting);
        forEach(wanted, block::add);
        block.flush();
    }

    private void writeEntries() throws IOException {
        inBlocks(EngineImage.ENTRIES_BLOCK, entry -> true, (block, size) -> {
            out.begin(EngineImage.ENTRIES, 4 + (4L + 4 + 2 + 1) * size);
            out.putInt(size);
            for (int i = 0; i < size; i++) {
                out.putInt(IdMap.hash(block[i].versions().id()));
            }
            for (int i = 0; i < size; i++) {
                out.putInt(block[i].versions().count());
            }
            for (int i = 0; i < size; i++) {
                int model = block[i].model();
                out.putShort(model == Entry.NO_VECTOR ? Entry.NO_VECTOR : renumberedModels[model]);
            }
            for (int i = 0; i < size; i++) {
                out.putByte(block[i].suppressed() ? 1 : 0);
            }
            out.end();
        });
    }

    private void writeRows() throws IOException {
        RowTable.View view = state.rows();
        int[] ends = new int[RowTable.BLOCK];
        int[] contentEnds = new int[RowTable.BLOCK];
        inBlocks(RowTable.BLOCK, EngineImageWriter::shown, (block, size) -> {
            int end = 0;
            for (int i = 0; i < size; i++) {
                int row = block[i].row();
                contentEnds[i] = end + view.contentEnd(row) - view.start(row);
                end = Math.addExact(end, view.end(row) - view.start(row));
                ends[i] = end;
            }
            out.begin(EngineImage.ROWS, 4 + (8L + 4 + 4) * size + 4L * end);
            out.putInt(size);
            for (int i = 0; i < size; i++) {
                out.putLong(view.textHash(block[i].row()));
            }
            out.putInts(contentEnds, 0, size);
            out.putInts(ends, 0, size);
            for (int i = 0; i < size; i++) {
                int row = block[i].row();
                out.putInts(view.termArray(row), view.start(row), view.end(row) - view.start(row));
            }
            out.end();
        });
    }

    private void writeVectors(int model) throws IOException {
        EngineState.ModelVectors set = state.models().get(model);
        int[] slots = new int[VectorSet.BLOCK];
        int[] rowNumbers = new int[VectorSet.BLOCK];
        byte[] bytes = new byte[VectorSet.BLOCK * set.vectors().dimension()];
        inBlocks(VectorSet.BLOCK, entry -> entry.model() == model, (block, size) -> {
            for (int i = 0; i < size; i++) {
                slots[i] = block[i].slot();
                rowNumbers[i] = renumbered[block[i].row()];
            }
            writeVectors(renumberedModels[model], set.vectors(), slots, rowNumbers, size, bytes);
        });
    }

    private void writeClients(int[] clientSlots) throws IOException {
        VectorSet.View clients = state.clients();
        if (clients == null) {
            return;
        }
        byte[] bytes = new byte[VectorSet.BLOCK * clients.dimension()];
        for (int from = 0; from < clientSlots.length; from += VectorSet.BLOCK) {
            int size = Math.min(VectorSet.BLOCK, clientSlots.length - from);
            int[] slots = Arrays.copyOfRange(clientSlots, from, from + size);
            int[] rowNumbers =
                    IntStream.of(slots).map(s -> renumbered[clients.row(s)]).toArray();
            writeVectors(EngineImage.CLIENTS, clients, slots, rowNumbers, size, bytes);
        }
    }

    private void writeVectors(int model, VectorSet.View set, int[] slots, int[] rowNumbers, int size, byte[] bytes)
            throws IOException {
        out.begin(EngineImage.VECTORS, 4 + 4 + (4L + 4 + 4 + set.dimension()) * size);
        out.putInt(model);
        out.putInt(size);
        out.putInts(rowNumbers, 0, size);
        for (int i = 0; i < size; i++) {
            out.putFloat(set.scale(slots[i]));
        }
        for (int i = 0; i < size; i++) {
            out.putFloat(set.inverseNormOf(slots[i]));
        }
        for (int i = 0; i < size; i++) {
            set.copy(slots[i], bytes, i * set.dimension());
        }
        out.putBytes(bytes, 0, size * set.dimension());
        out.end();
    }

    private void writeOrder() throws IOException {
        int left = rows;
        int inSection = 0;
        for (int[] run : state.order().runs()) {
            for (int row : run) {
                if (inSection == 0) {
                    inSection = Math.min(left, EngineImage.ORDER_BLOCK);
                    left -= inSection;
                    out.begin(EngineImage.ORDER, 4 + 4L * inSection);
                    out.putInt(inSection);
                }
                out.putInt(renumbered[row]);
                if (--inSection == 0) {
                    out.end();
                }
            }
        }
    }
}
