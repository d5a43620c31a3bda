package io.engram.log.files;

import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Commit;
import io.engram.log.format.Values.Meta;
import io.engram.log.format.Values.Root;
import io.engram.log.format.Values.Touched;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.fusesource.leveldbjni.JniDBFactory;
import org.iq80.leveldb.CompressionType;
import org.iq80.leveldb.DB;
import org.iq80.leveldb.Options;
import org.iq80.leveldb.ReadOptions;
import org.iq80.leveldb.WriteOptions;

/** Writes a folder as the log store does, through LevelDB, and keeps in memory what it wrote. */
final class WrittenFolder implements AutoCloseable {
    /** A log as it should be. */
    static final class Log {
        final long number;
        final String name;
        LogPoint base = LogPoint.START;
        final List<LogPoint> points = new ArrayList<>(List.of(LogPoint.START));
        boolean dropped;

        Log(long number, String name) {
            this.number = number;
            this.name = name;
        }

        LogPoint last() {
            return points.getLast();
        }
    }

    final Path folder;
    final TreeMap<Long, Log> logs = new TreeMap<>();
    /** The newest value of each key. */
    final TreeMap<byte[], byte[]> state = new TreeMap<>(Arrays::compareUnsigned);
    /** Every value that a key ever had, so that a stale one can be told from one that never was. */
    final TreeMap<byte[], List<byte[]>> history = new TreeMap<>(Arrays::compareUnsigned);

    private final int writeBufferBytes;
    private DB db;
    private long nextNumber = 1;
    private long commits;
    private long time = 1_000;
    private List<Touched> previous = List.of();
    private List<Op> batch = new ArrayList<>();
    private TreeMap<Long, Long> touched = new TreeMap<>();

    WrittenFolder(Path folder, int writeBufferBytes) throws IOException {
        this.folder = folder;
        this.writeBufferBytes = writeBufferBytes;
        db = open(folder, writeBufferBytes);
        put(Keys.HEADER, Values.header(1));
        put(Keys.GUARD, Values.guard());
        write();
    }

    static DB open(Path folder, int writeBufferBytes) throws IOException {
        return JniDBFactory.factory.open(
                folder.toFile(),
                new Options()
                        .createIfMissing(true)
                        .compressionType(CompressionType.NONE)
                        .paranoidChecks(true)
                        .verifyChecksums(true)
                        .writeBufferSize(writeBufferBytes));
    }

    /** Everything in a folder, by LevelDB's own reading with its strict checks. */
    static TreeMap<byte[], byte[]> readAll(Path folder) throws IOException {
        var all = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        try (var db = open(folder, 4 << 20);
                var iterator = db.iterator(new ReadOptions().verifyChecksums(true))) {
            iterator.seekToFirst();
            while (iterator.hasNext()) {
                var next = iterator.next();
                all.put(next.getKey(), next.getValue());
            }
        }
        return all;
    }

    /** Keys and values short enough to be compared by an assertion. */
    static TreeMap<String, Integer> digest(Map<byte[], byte[]> content) {
        var digest = new TreeMap<String, Integer>();
        content.forEach((key, value) -> digest.put(HexFormat.of().formatHex(key), Arrays.hashCode(value)));
        return digest;
    }

    void put(byte[] key, byte[] value) {
        batch.add(Op.put(0, key, value));
    }

    private void delete(byte[] key) {
        batch.add(Op.delete(0, key));
    }

    Log create(String name) {
        var log = new Log(nextNumber++, name);
        logs.put(log.number, log);
        put(Keys.HEADER, Values.header(nextNumber));
        put(Keys.name(name), Values.numbers(Keys.name(name), log.number));
        put(Keys.root(log.number), Values.root(log.number, new Root(name, log.base)));
        return log;
    }

    void append(Log log, byte[] content) {
        var last = log.last();
        var entry = EntryCodec.draft(log.number, last.index() + 1, 1, content);
        var checksum = EntryCodec.seal(entry, ++time, last.checksum());
        log.points.add(new LogPoint(last.index() + 1, 1, time, checksum));
        put(Keys.entry(log.number, last.index() + 1), entry);
        touch(log);
    }

    void truncateTail(Log log, long last) {
        for (var index = log.last().index(); index > last; index--) {
            delete(Keys.entry(log.number, index));
            log.points.removeLast();
        }
        touch(log);
    }

    void truncatePrefix(Log log, long upTo) {
        log.base = log.points.get((int) upTo);
        put(Keys.root(log.number), Values.root(log.number, new Root(log.name, log.base)));
        put(Keys.pending(log.number, upTo), Values.numbers(Keys.pending(log.number, upTo), 1));
        touch(log);
    }

    void cell(Log log, String name, byte[] body) {
        var key = Keys.cell(log.number, name.getBytes(java.nio.charset.StandardCharsets.UTF_8));
        put(key, Values.wrap(key, body));
        touch(log);
    }

    void meta(Log log, long promised) {
        put(Keys.meta(log.number), Values.meta(log.number, new Meta(promised, List.of("a", "b"), Optional.empty())));
        touch(log);
    }

    void drop(Log log) {
        delete(Keys.name(log.name));
        delete(Keys.root(log.number));
        put(
                Keys.pending(log.number, log.last().index()),
                Values.numbers(Keys.pending(log.number, log.last().index()), 1));
        log.dropped = true;
        touched.put(log.number, Touched.DROPPED);
    }

    private void touch(Log log) {
        touched.put(log.number, log.last().index());
    }

    /** One forced write with its note. */
    void commit() {
        var own = touched.entrySet().stream()
                .map(each -> new Touched(each.getKey(), each.getValue()))
                .toList();
        put(Keys.COMMIT, Values.commit(new Commit(++commits, previous, own)));
        previous = own;
        touched = new TreeMap<>();
        write();
    }

    /** What the cleaner does: nobody forces it, and there is no note. */
    void clean(Log log, long upTo) {
        for (var index = 1L; index <= upTo; index++) {
            delete(Keys.entry(log.number, index));
        }
        write();
    }

    private void write() {
        try (var nativeBatch = db.createWriteBatch()) {
            for (var op : batch) {
                if (op.isPut()) {
                    nativeBatch.put(op.key(), op.value());
                    state.put(op.key(), op.value());
                    history.computeIfAbsent(op.key(), _ -> new ArrayList<>()).add(op.value());
                } else {
                    nativeBatch.delete(op.key());
                    state.remove(op.key());
                }
            }
            // What a test copies has not been through a power cut: forcing would only take time.
            db.write(nativeBatch, new WriteOptions().sync(false));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        batch = new ArrayList<>();
    }

    void reopen() throws IOException {
        db.close();
        db = open(folder, writeBufferBytes);
    }

    void compact() {
        db.compactRange(new byte[] {0}, new byte[] {(byte) 0xFF, 0});
    }

    /** The folder as a kill would leave it. LevelDB must not be at work in the background. */
    Path copyTo(Path to) throws IOException {
        copy(folder, to);
        return to;
    }

    static void copy(Path from, Path to) throws IOException {
        Files.createDirectories(to);
        try (var files = Files.list(from)) {
            for (var file : files.filter(Files::isRegularFile).toList()) {
                if (!FolderFiles.nameOf(file).equals("LOCK")) {
                    Files.copy(file, to.resolve(FolderFiles.nameOf(file)));
                }
            }
        }
    }

    @Override
    public void close() throws IOException {
        db.close();
    }
}
