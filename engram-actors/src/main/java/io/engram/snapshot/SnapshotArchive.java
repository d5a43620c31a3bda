package io.engram.snapshot;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.LongPredicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots of a node's logs: large ones as files, small ones as cells of their logs. A snapshot is there only once it
 * is durable and has been read back. All methods block, and are safe for any thread.
 */
public final class SnapshotArchive {
    /**
     * Up to so many bytes a snapshot is small. A file costs an inode, a folder and three forces of its own, whatever its
     * size; a cell shares the log's forced writes, but is written twice or more by the store's compactions. At this size
     * a file's own forces begin to cost less than that, and a hundred thousand smaller spaces make no file at all.
     */
    public static final int SMALL_BYTES = 64 << 10;

    private static final int START_BYTES = 9;
    private static final int REMEMBERED = 10_000;
    private static final long CELL_TIMEOUT_SECONDS = 60;

    private final SnapshotFiles files;
    private final Optional<Cells> cells;
    /** What was found to be good in this run, the latest first to be kept. */
    private final Map<Place, Boolean> good = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Place, Boolean> eldest) {
            return size() > REMEMBERED;
        }
    };

    private record Place(String log, SnapshotId id) {}

    /** Writes a snapshot's content. */
    @FunctionalInterface
    public interface Content {
        void write(SnapshotSink sink) throws IOException;
    }

    /**
     * Reads a snapshot's content.
     *
     * @param <T> what comes of it
     */
    @FunctionalInterface
    public interface Reading<T> {
        T read(Position position, SnapshotSource source) throws IOException;
    }

    /**
     * @param root where the files are
     * @param cells where small snapshots go; without them they become files, too
     */
    public SnapshotArchive(Path root, Optional<Cells> cells) {
        this.files = new SnapshotFiles(root);
        this.cells = cells;
    }

    /**
     * Saves a snapshot. When this returns it is durable and was read back.
     *
     * @return how many bytes of content it has
     */
    public long save(String log, Position position, long timestamp, Content content) throws IOException {
        var id = new SnapshotId(position.index(), timestamp);
        long bytes;
        try (var sink = new Spill(log, id, position)) {
            content.write(sink);
            bytes = sink.keep();
        }
        remember(log, id);
        return bytes;
    }

    /** The snapshots of a log, newest first. */
    public List<SnapshotId> list(String log) throws IOException {
        var inCells = cells.map(c -> c.names(log)).orElse(List.of()).stream()
                .flatMap(name -> SnapshotId.ofName(name).stream());
        return Stream.concat(inCells, files.list(log).stream())
                .distinct()
                .sorted(Comparator.reverseOrder())
                .toList();
    }

    /**
     * Reads a snapshot; empty if there is none such (any more). What {@code reading} made of it is given only when all of
     * it was as it was written.
     *
     * @throws DamagedSnapshotException if it is not what was written; the text names it
     */
    public <T> Optional<T> load(String log, SnapshotId id, Reading<T> reading) throws IOException {
        try {
            var cell = cell(log, id);
            if (cell.isPresent()) {
                return Optional.of(read(memory(cell.get()), cell.get().length, log, id, reading));
            }
            var file = files.open(log, id);
            if (file.isEmpty()) {
                return Optional.empty();
            }
            try (var channel = file.get()) {
                var read = read(channel, channel.size(), log, id, reading);
                remember(log, id);
                return Optional.of(read);
            }
        } catch (DamagedSnapshotException e) {
            forget(log, id);
            var named = new DamagedSnapshotException(damaged(log, id, e));
            named.initCause(e);
            throw named;
        }
    }

    private String damaged(String log, SnapshotId id, IOException reason) {
        return "the snapshot of '%s' up to %d (%s) is damaged: %s"
                .formatted(log, id.index(), files.file(log, id), reason.getMessage());
    }

    /**
     * At which position a snapshot says that it stands; no more of it than its beginning is looked at. Empty if there is none
     * such (any more), or its beginning is damaged.
     */
    public Optional<Position> position(String log, SnapshotId id) throws IOException {
        var found = open(log, id);
        if (found.isEmpty()) {
            return Optional.empty();
        }
        try (var stored = found.get()) {
            var start = exactly(stored.channel(), START_BYTES);
            return start[START_BYTES - 1] == ContainerWriter.VERSION
                    ? Optional.of(new ContainerReader(stored.channel(), start, stored.bytes(), log, id).position())
                    : Optional.of(Position.of(id.index()));
        } catch (DamagedSnapshotException e) {
            return Optional.empty();
        }
    }

    /** A snapshot as it lies on the disk, unchecked; empty if there is none such (any more). To be closed. */
    public Optional<StoredSnapshot> open(String log, SnapshotId id) throws IOException {
        var cell = cell(log, id);
        if (cell.isPresent()) {
            return Optional.of(new StoredSnapshot(memory(cell.get()), cell.get().length));
        }
        var file = files.open(log, id);
        return file.isPresent()
                ? Optional.of(new StoredSnapshot(file.get(), file.get().size()))
                : Optional.empty();
    }

    /**
     * Begins to take a snapshot from elsewhere.
     *
     * @param asFile whether it becomes a file although it is small, because the log takes no cells just now
     */
    public ReceivedSnapshot receive(String log, SnapshotId id, boolean asFile) {
        return new ReceivedSnapshot(this, log, id, asFile || cells.isEmpty() ? -1 : SMALL_BYTES);
    }

    SnapshotFiles.Draft beginFile(String log, SnapshotId id) throws IOException {
        return files.begin(log, id);
    }

    void keepFile(SnapshotFiles.Draft draft, String log, SnapshotId id, Position expected) throws IOException {
        draft.keep(written -> read(written, written.size(), log, id, expecting(expected)));
        remember(log, id);
    }

    void keepCell(String log, SnapshotId id, byte[] container, Position expected) throws IOException {
        read(memory(container), container.length, log, id, expecting(expected));
        putCell(cells.orElseThrow(), log, id, container);
        remember(log, id);
    }

    private static Reading<Boolean> expecting(Position expected) {
        return (position, source) -> {
            if (!position.equals(expected)) {
                throw new DamagedSnapshotException("it stands at %s, and not at %s".formatted(position, expected));
            }
            return true;
        };
    }

    private static void putCell(Cells store, String log, SnapshotId id, byte[] container) throws IOException {
        await(store.put(log, id.name(), container));
        var kept = store.get(log, id.name());
        if (kept.isEmpty()) {
            throw new IOException("a small snapshot was written and is not there");
        }
        read(memory(kept.get()), kept.get().length, log, id, (where, source) -> true);
    }

    /**
     * Reads a snapshot back from the disk, past what the system still has of it in memory.
     *
     * @param pace is told of each so many bytes that were read, and says whether to go on
     * @return why it is not what was written; empty if it is, or is gone, or was not read to its end
     */
    public Optional<String> readBack(String log, SnapshotId id, LongPredicate pace) {
        Reading<Boolean> reading = (position, source) -> {
            for (var piece = source.next(); piece.hasRemaining(); piece = source.next()) {
                if (!pace.test(piece.remaining())) {
                    throw new InterruptedIOException();
                }
            }
            return true;
        };
        try {
            var cell = cell(log, id);
            if (cell.isPresent()) {
                read(memory(cell.get()), cell.get().length, log, id, reading);
            } else {
                try (var file = new ReadBack(files.file(log, id))) {
                    read(file, file.size(), log, id, reading);
                }
            }
            return Optional.empty();
        } catch (InterruptedIOException | NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            // What the disk does not give is as good as changed.
            forget(log, id);
            return Optional.of(damaged(log, id, e));
        }
    }

    /**
     * Whether a snapshot is what was written; looked at once, unless it was saved or loaded in this run.
     *
     * @return why it is not; empty if it is
     */
    public Optional<String> damage(String log, SnapshotId id) throws IOException {
        synchronized (good) {
            if (good.containsKey(new Place(log, id))) {
                return Optional.empty();
            }
        }
        try {
            if (load(log, id, (position, source) -> true).isEmpty()) {
                return Optional.of("it is gone");
            }
            remember(log, id);
            return Optional.empty();
        } catch (DamagedSnapshotException e) {
            return Optional.of(String.valueOf(e.getMessage()));
        }
    }

    public void delete(String log, SnapshotId id) throws IOException {
        forget(log, id);
        if (cell(log, id).isPresent()) {
            await(cells.orElseThrow().remove(log, id.name()));
        }
        files.delete(log, id);
    }

    /** Removes all that was kept for a log, half-written files included. */
    public void deleteAll(String log) throws IOException {
        for (var id : list(log)) {
            delete(log, id);
        }
        files.deleteAll(log);
    }

    /** Removes what a killed process left half written. To be called before anything is saved. */
    public void removeTemporaries() throws IOException {
        files.removeTemporaries();
    }

    private Optional<byte[]> cell(String log, SnapshotId id) {
        return cells.flatMap(c -> c.get(log, id.name()));
    }

    private void remember(String log, SnapshotId id) {
        synchronized (good) {
            good.put(new Place(log, id), true);
        }
    }

    private void forget(String log, SnapshotId id) {
        synchronized (good) {
            good.remove(new Place(log, id));
        }
    }

    private static ReadableByteChannel memory(byte[] bytes) {
        return Channels.newChannel(new ByteArrayInputStream(bytes));
    }

    private static <T> T read(ReadableByteChannel in, long size, String log, SnapshotId id, Reading<T> reading)
            throws IOException {
        var start = exactly(in, START_BYTES);
        if (ByteBuffer.wrap(start).getLong() != ContainerWriter.MAGIC) {
            throw new DamagedSnapshotException("it does not begin as a snapshot does");
        }
        switch (start[START_BYTES - 1]) {
            case FirstContainer.VERSION -> {
                if (size > Integer.MAX_VALUE - 8) {
                    throw new DamagedSnapshotException("it is larger than its version allows");
                }
                var rest = exactly(in, (int) size - START_BYTES);
                var whole = ByteBuffer.allocate((int) size).put(start).put(rest).array();
                return reading.read(Position.of(id.index()), single(FirstContainer.payload(whole, log, id)));
            }
            case ContainerWriter.VERSION -> {
                var container = new ContainerReader(in, start, size, log, id);
                var made = reading.read(container.position(), container);
                container.finish();
                return made;
            }
            default ->
                throw new DamagedSnapshotException(
                        "its version is %d, which this program does not know".formatted(start[START_BYTES - 1]));
        }
    }

    private static byte[] exactly(ReadableByteChannel in, int length) throws IOException {
        var bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (in.read(bytes) < 0) {
                throw new DamagedSnapshotException("it is cut short");
            }
        }
        return bytes.array();
    }

    private static SnapshotSource single(ByteBuffer content) {
        return new SnapshotSource() {
            private ByteBuffer left = content;

            @Override
            public ByteBuffer next() {
                var given = left;
                left = ByteBuffer.allocate(0);
                return given;
            }

            @Override
            public long atMost() {
                return left.remaining();
            }
        };
    }

    private static void await(CompletionStage<Void> stage) throws IOException {
        try {
            stage.toCompletableFuture().get(CELL_TIMEOUT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted while a small snapshot was being written", e);
        } catch (ExecutionException e) {
            throw new IOException("a small snapshot could not be written: " + e.getCause(), e.getCause());
        } catch (TimeoutException e) {
            throw new IOException("a small snapshot was not written within %d s".formatted(CELL_TIMEOUT_SECONDS), e);
        }
    }

    /** Gathers a snapshot in memory while it is small, and goes on in a file when it is not. */
    private final class Spill implements SnapshotSink, AutoCloseable {
        private final String log;
        private final SnapshotId id;
        private final Position position;
        private final ByteArrayOutputStream small = new ByteArrayOutputStream(256);
        private SnapshotFiles.@Nullable Draft draft;
        private @Nullable ContainerWriter large;

        Spill(String log, SnapshotId id, Position position) {
            this.log = log;
            this.id = id;
            this.position = position;
        }

        @Override
        public void write(ByteBuffer bytes) throws IOException {
            if (large == null && small.size() + bytes.remaining() <= SMALL_BYTES) {
                copy(bytes, small);
                return;
            }
            large().write(bytes);
        }

        private ContainerWriter large() throws IOException {
            var known = large;
            if (known == null) {
                var begun = files.begin(log, id);
                draft = begun;
                var room = ContainerWriter.CHUNK_BYTES + ContainerWriter.CHUNK_EXTRA_BYTES;
                known = new ContainerWriter(begun, log, id, position, ByteBuffer.allocateDirect(room));
                known.write(ByteBuffer.wrap(small.toByteArray()));
                small.reset();
                large = known;
            }
            return known;
        }

        long keep() throws IOException {
            if (large == null && cells.isPresent()) {
                return keepCell(cells.get());
            }
            var bytes = large().finish();
            if (draft != null) {
                draft.keep(written -> read(written, written.size(), log, id, (where, source) -> true));
            }
            return bytes;
        }

        private long keepCell(Cells store) throws IOException {
            var container = new ByteArrayOutputStream(small.size() + 256);
            var writer = new ContainerWriter(
                    bytes -> copy(bytes, container),
                    log,
                    id,
                    position,
                    ByteBuffer.allocate(small.size() + ContainerWriter.CHUNK_EXTRA_BYTES + 1));
            writer.write(ByteBuffer.wrap(small.toByteArray()));
            var bytes = writer.finish();
            putCell(store, log, id, container.toByteArray());
            return bytes;
        }

        @Override
        public void close() throws IOException {
            if (draft != null) {
                draft.close();
            }
        }
    }

    static void copy(ByteBuffer bytes, ByteArrayOutputStream target) {
        var some = new byte[bytes.remaining()];
        bytes.get(some);
        target.writeBytes(some);
    }
}
