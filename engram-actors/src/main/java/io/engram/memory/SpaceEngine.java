package io.engram.memory;

import io.engram.memory.text.Analysis;
import io.engram.memory.text.Analyzer;
import io.engram.memory.vector.VectorSet;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one space remembers. A deterministic function of the calls made to it: no clock, no randomness, no threads.
 *
 * <p>One writer at a time calls the changing methods, {@link #view} and {@link #snapshot}. What those two return is
 * immutable and may be handed to any thread by any means.
 *
 * <p>Every change appends a row to columns or replaces a small part of a persistent structure, so a change costs about
 * the same in a small and in a large space, and taking a view costs nothing. Rows of overwritten, suppressed and
 * deleted memories are left behind as dead; when they outnumber the live ones, the columns are copied without them.
 */
public final class SpaceEngine {
    private static final int LEAST_WASTE_TO_COMPACT = 1024;
    private static final Analysis NOTHING = new Analysis(new int[0], new boolean[0], 0);

    private final EngineSettings settings;
    private final int leastWasteToCompact;
    private final Analyzer analyzer = new Analyzer();

    private RowTable rows = new RowTable();
    private Bits dead = Bits.NONE;
    private int deadRows;
    private IdMap ids = IdMap.EMPTY;
    private Sequence<Entry> entries = Sequence.empty();
    private TimeOrder order = TimeOrder.EMPTY;
    private Tally tally = new Tally();
    private List<ModelSet> models = new ArrayList<>();
    private @Nullable VectorSet clients;
    private int clientDimension;
    private int firstAwaiting;
    private int absentEntries;

    private @Nullable EngineState state;

    /** The vectors of one model. */
    static final class ModelSet {
        final String modelId;
        final VectorSet vectors;
        Bits replaced = Bits.NONE;

        ModelSet(String modelId, VectorSet vectors) {
            this.modelId = modelId;
            this.vectors = vectors;
        }
    }

    public SpaceEngine() {
        this(EngineSettings.DEFAULT);
    }

    public SpaceEngine(EngineSettings settings) {
        this(settings, LEAST_WASTE_TO_COMPACT);
    }

    SpaceEngine(EngineSettings settings, int leastWasteToCompact) {
        this.settings = settings;
        this.leastWasteToCompact = leastWasteToCompact;
    }

    /** An engine with what came out of an image. */
    SpaceEngine(
            EngineSettings settings,
            RowTable rows,
            IdMap ids,
            Sequence<Entry> entries,
            TimeOrder order,
            Tally tally,
            List<ModelSet> models,
            @Nullable VectorSet clients,
            int clientDimension,
            int firstAwaiting) {
        this(settings, LEAST_WASTE_TO_COMPACT);
        this.rows = rows;
        this.ids = ids;
        this.entries = entries;
        this.order = order;
        this.tally = tally;
        this.models = models;
        this.clients = clients;
        this.clientDimension = clientDimension;
        this.firstAwaiting = firstAwaiting;
    }

    /** An engine that answers as the one did that {@code snapshot} was taken of. */
    public static SpaceEngine restore(EngineSnapshot snapshot) {
        return restore(snapshot, EngineSettings.DEFAULT);
    }

    public static SpaceEngine restore(EngineSnapshot snapshot, EngineSettings settings) {
        SpaceEngine engine = new SpaceEngine(settings);
        engine.clientDimension = snapshot.clientDimension();
        for (StoredMemory stored : snapshot.memories()) {
            engine.add(stored);
        }
        return engine;
    }

    private void add(StoredMemory stored) {
        Entry.Versions versions = Entry.Versions.of(stored.versions());
        int ordinal = entries.size();
        if (ids.get(stored.id()) != IdMap.ABSENT) {
            throw new IllegalArgumentException("the snapshot holds " + stored.id() + " twice");
        }
        ids = ids.with(stored.id(), ordinal);
        if (stored.suppressed()) {
            entries = entries.plus(new Entry(ordinal, Entry.NO_ROW, versions, Entry.NO_VECTOR, 0));
            tally.suppressed++;
            return;
        }
        int row = show(versions, ordinal);
        entries = entries.plus(new Entry(ordinal, row, versions, Entry.NO_VECTOR, 0));
        stored.vector()
                .ifPresent(v -> attachVector(stored.id(), stored.current().version(), v));
    }

    /**
     * Stores the first version of an id, or its next one: the older versions stay as history, and a suppressed memory
     * can be found again.
     *
     * @throws IllegalArgumentException if the version does not come after the current one, or the client's vector is of
     *     another dimension than {@link SpaceStatistics#clientDimension()}
     */
    public void put(Memory memory) {
        requireDimension(memory);
        state = null;
        int known = ids.get(memory.id());
        Entry entry = known == IdMap.ABSENT ? null : entries.get(known);
        if (entry == null) {
            int ordinal = entries.size();
            Entry.Versions first = new Entry.Versions(memory, null);
            int row = show(first, ordinal);
            ids = ids.with(memory.id(), ordinal);
            entries = entries.plus(new Entry(ordinal, row, first, Entry.NO_VECTOR, 0));
            return;
        }
        if (memory.version() <= entry.current().version()) {
            throw new IllegalArgumentException("version " + memory.version() + " of " + memory.id()
                    + " does not come after version " + entry.current().version());
        }
        if (entry.suppressed()) {
            tally.suppressed--;
        } else {
            hide(entry);
        }
        Entry.Versions versions = new Entry.Versions(memory, entry.versions());
        int row = show(versions, entry.ordinal());
        entries = entries.with(entry.ordinal(), new Entry(entry.ordinal(), row, versions, Entry.NO_VECTOR, 0));
        firstAwaiting = Math.min(firstAwaiting, entry.ordinal());
        compactIfWorthwhile();
    }

    /** Gives a memory's text its vector; does nothing when that version is not the current one or cannot be found. */
    public void attachVector(String id, int version, ModelVector vector) {
        int ordinal = ids.get(id);
        Entry entry = ordinal == IdMap.ABSENT ? null : entries.get(ordinal);
        if (entry == null || entry.suppressed() || entry.current().version() != version) {
            return;
        }
        state = null;
        boolean awaited = entry.awaitsVector();
        int model = modelIndex(vector);
        int slot = models.get(model).vectors.append(vector.bytes(), vector.scale(), entry.row());
        if (entry.model() == Entry.NO_VECTOR) {
            tally.embedded++;
        } else {
            ModelSet old = models.get(entry.model());
            old.replaced = old.replaced.with(entry.slot());
        }
        entries = entries.with(ordinal, entry.withVector(model, slot));
        if (awaited) {
            tally.awaiting--;
        }
        skipEmbedded();
        compactIfWorthwhile();
    }

    /** Hides a memory from every read until its id is stored again; does nothing when there is none or it is hidden. */
    public void suppress(String id) {
        int ordinal = ids.get(id);
        Entry entry = ordinal == IdMap.ABSENT ? null : entries.get(ordinal);
        if (entry == null || entry.suppressed()) {
            return;
        }
        state = null;
        hide(entry);
        entries = entries.with(ordinal, new Entry(ordinal, Entry.NO_ROW, entry.versions(), Entry.NO_VECTOR, 0));
        tally.suppressed++;
        compactIfWorthwhile();
    }

    /** Drops a memory with its history; does nothing when there is none. */
    public void delete(String id) {
        int ordinal = ids.get(id);
        Entry entry = ordinal == IdMap.ABSENT ? null : entries.get(ordinal);
        if (entry == null) {
            return;
        }
        state = null;
        if (entry.suppressed()) {
            tally.suppressed--;
        } else {
            hide(entry);
        }
        ids = ids.without(id);
        entries = entries.with(ordinal, null);
        absentEntries++;
        compactIfWorthwhile();
    }

    /** The current version under an id, hidden or not; for the writer, who must know what it would replace. */
    public Optional<Memory> current(String id) {
        int ordinal = ids.get(id);
        Entry entry = ordinal == IdMap.ABSENT ? null : entries.get(ordinal);
        return entry == null ? Optional.empty() : Optional.of(entry.current());
    }

    /** Whether there is a memory under this id that is hidden. */
    public boolean isSuppressed(String id) {
        int ordinal = ids.get(id);
        Entry entry = ordinal == IdMap.ABSENT ? null : entries.get(ordinal);
        return entry != null && entry.suppressed();
    }

    /** Dimension of the clients' vectors, 0 before the first. */
    public int clientDimension() {
        return clientDimension;
    }

    /** How many memories there are, the suppressed ones included. */
    public int memories() {
        return tally.memories + tally.suppressed;
    }

    /** The present state for readers. */
    public EngineView view() {
        return new EngineReader(state());
    }

    /** The present state, to be written by whoever has the time. */
    public EngineImage image() {
        return new EngineImage(state());
    }

    /** The present state as values; its elements are made while they are read. */
    public EngineSnapshot snapshot() {
        return new EngineSnapshot(new SnapshotList(state()), clientDimension);
    }

    private EngineState state() {
        EngineState present = state;
        if (present == null) {
            List<EngineState.ModelVectors> vectors = models.stream()
                    .map(m -> new EngineState.ModelVectors(m.modelId, m.vectors.view(), m.replaced))
                    .toList();
            VectorSet own = clients;
            present = new EngineState(
                    settings,
                    rows.view(),
                    dead,
                    ids,
                    entries,
                    order,
                    tally.copy(),
                    vectors,
                    own == null ? null : own.view(),
                    clientDimension,
                    firstAwaiting);
            state = present;
        }
        return present;
    }

    private void requireDimension(Memory memory) {
        memory.body().embedding().ifPresent(own -> {
            if (clientDimension != 0 && own.dimension() != clientDimension) {
                throw new IllegalArgumentException("a vector of dimension " + own.dimension()
                        + " does not fit this space, whose vectors have " + clientDimension);
            }
        });
    }

    /** Makes a version searchable and returns its row. */
    private int show(Entry.Versions versions, int ordinal) {
        Memory memory = versions.memory();
        MemoryBody body = memory.body();
        int row = analyze(versions, ordinal, analyzer, rows);
        body.embedding().ifPresent(own -> {
            clientDimension = own.dimension();
            ModelVector quantised = ModelVector.quantise("", own.toArray());
            clientSet().append(quantised.bytes(), quantised.scale(), row);
        });
        RowTable.View seen = rows.view();
        tally.add(memory);
        tally.contentTerms += seen.contentEnd(row) - seen.start(row);
        tally.allTerms += seen.end(row) - seen.start(row);
        if (Entry.hasText(memory)) {
            tally.awaiting++;
        }
        order = order.with(row, seen);
        return row;
    }

    /** Adds the row of a version to {@code rows} and returns its number. */
    static int analyze(Entry.Versions versions, int ordinal, Analyzer analyzer, RowTable rows) {
        MemoryBody body = versions.memory().body();
        Analysis content = analyzer.document(body.content());
        String surroundings = surroundings(body);
        Analysis context = surroundings.isEmpty() ? NOTHING : analyzer.document(surroundings);
        return rows.append(versions, ordinal, content, context);
    }

    /** Who, where and under which labels: what a recall may start from besides the content. */
    private static String surroundings(MemoryBody body) {
        if (body.who().isEmpty() && body.where().isEmpty() && body.tags().isEmpty()) {
            return "";
        }
        StringBuilder text = new StringBuilder();
        body.who().forEach(w -> text.append(w).append('\n'));
        body.where().ifPresent(w -> text.append(w).append('\n'));
        body.tags().forEach(t -> text.append(t).append('\n'));
        return text.toString();
    }

    /** Takes a current version out of every reader's sight but those who have a view already. */
    private void hide(Entry entry) {
        RowTable.View seen = rows.view();
        int row = entry.row();
        order = order.without(row, seen);
        dead = dead.with(row);
        deadRows++;
        tally.remove(entry.current());
        tally.contentTerms -= seen.contentEnd(row) - seen.start(row);
        tally.allTerms -= seen.end(row) - seen.start(row);
        if (entry.awaitsVector()) {
            tally.awaiting--;
        }
        if (entry.model() != Entry.NO_VECTOR) {
            tally.embedded--;
        }
    }

    private VectorSet clientSet() {
        VectorSet set = clients;
        if (set == null) {
            set = new VectorSet(clientDimension);
            clients = set;
        }
        return set;
    }

    private int modelIndex(ModelVector vector) {
        for (int i = 0; i < models.size(); i++) {
            ModelSet set = models.get(i);
            if (set.modelId.equals(vector.modelId()) && set.vectors.dimension() == vector.dimension()) {
                return i;
            }
        }
        models.add(new ModelSet(vector.modelId(), new VectorSet(vector.dimension())));
        return models.size() - 1;
    }

    private void skipEmbedded() {
        while (firstAwaiting < entries.size()) {
            Entry entry = entries.get(firstAwaiting);
            if (entry != null && entry.awaitsVector()) {
                return;
            }
            firstAwaiting++;
        }
    }

    private void compactIfWorthwhile() {
        int replacedVectors = 0;
        for (ModelSet model : models) {
            replacedVectors += model.vectors.size();
        }
        int waste = Math.max(deadRows, Math.max(absentEntries, replacedVectors - tally.embedded));
        if (waste >= leastWasteToCompact && waste > tally.memories + tally.suppressed) {
            compact();
        }
    }

    /** Copies what is alive into new columns, without analysing texts again. Views keep the old ones. */
    private void compact() {
        EngineState old = state();
        state = null;
        rows = new RowTable();
        dead = Bits.NONE;
        deadRows = 0;
        absentEntries = 0;
        firstAwaiting = 0;
        ids = IdMap.EMPTY;
        entries = Sequence.empty();
        order = TimeOrder.EMPTY;
        models = new ArrayList<>();
        clients = null;
        for (int i = 0; i < old.entries().size(); i++) {
            Entry entry = old.entries().get(i);
            if (entry != null) {
                copy(entry, old);
            }
        }
        skipEmbedded();
    }

    private void copy(Entry entry, EngineState old) {
        int ordinal = entries.size();
        Entry.Versions versions = entry.versions().unpacked();
        ids = ids.with(entry.current().id(), ordinal);
        if (entry.suppressed()) {
            entries = entries.plus(new Entry(ordinal, Entry.NO_ROW, versions, Entry.NO_VECTOR, 0));
            return;
        }
        RowTable.View from = old.rows();
        int was = entry.row();
        int row = rows.append(versions, ordinal, from.textHash(was), from.contentTerms(was), from.contextTerms(was));
        order = order.with(row, rows.view());
        entry.current().body().embedding().ifPresent(own -> {
            ModelVector quantised = ModelVector.quantise("", own.toArray());
            clientSet().append(quantised.bytes(), quantised.scale(), row);
        });
        int model = Entry.NO_VECTOR;
        int slot = 0;
        Optional<ModelVector> vector = SnapshotList.vector(entry, old);
        if (vector.isPresent()) {
            model = modelIndex(vector.get());
            slot = models.get(model)
                    .vectors
                    .append(vector.get().bytes(), vector.get().scale(), row);
        }
        entries = entries.plus(new Entry(ordinal, row, versions, model, slot));
    }
}
