package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import io.engram.log.format.Values.Root;
import io.engram.log.format.Values.Touched;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/** Reads a folder kind by kind, gives what can be read to a sink, and reports what cannot. */
final class Inspection {
    private static final byte GUARD_KIND = (byte) 0xFF;

    private final Path folder;
    private final Contents contents;
    private final Sink sink;
    private final TreeMap<Long, LogState> logs = new TreeMap<>();
    private final TreeMap<Long, String> names = new TreeMap<>();
    /** Up to which index entries of a log are still to be removed. */
    private final Map<Long, Long> pending = new HashMap<>();

    private final List<String> findings = new ArrayList<>();
    private long nextNumber;
    private boolean guarded;

    private Inspection(Path folder, Contents contents, Sink sink) {
        this.folder = folder;
        this.contents = contents;
        this.sink = sink;
    }

    static FolderReport run(Path folder, Sink sink) throws IOException {
        return new Inspection(folder, Contents.of(folder), sink).run();
    }

    private FolderReport run() throws IOException {
        contents.visit(Keys.start(Keys.HEADER_KIND), Keys.start(Keys.ENTRY_KIND), checked(this::nameOrRoot));
        contents.visit(Keys.start(Keys.PENDING_KIND), Keys.start(Keys.COMMIT_KIND), checked(this::pendingOrNote));
        nameLogs();
        contents.visit(Keys.start(Keys.ENTRY_KIND), Keys.start(Keys.PENDING_KIND), this::entry);
        contents.visit(Keys.start(Keys.CELL_KIND), Keys.start(Keys.META_KIND + 1), this::cellOrMeta);
        contents.visit(new byte[] {GUARD_KIND}, new byte[] {GUARD_KIND, 0}, checked((_, _) -> guarded = true));
        endLogs();
        give();
        var all = new ArrayList<>(contents.findings());
        all.addAll(findings);
        return new FolderReport(
                folder,
                all,
                contents.remarks(),
                contents.damaged(),
                logs.values().stream().map(LogState::report).toList());
    }

    private interface Reader {
        void read(byte[] key, byte[] value) throws BadValueException;
    }

    /** Reads a value if it passes its own checks; a finding otherwise. */
    private Contents.Visitor checked(Reader reader) {
        return (key, value) -> {
            try {
                SelfCheck.check(key, value);
                reader.read(key, value);
            } catch (BadValueException e) {
                findings.add("%s: %s".formatted(text(key), e.getMessage()));
                if (SelfCheck.isKey(key) && Keys.kind(key) == Keys.DAMAGE_KIND) {
                    log(Keys.numberOf(key)).lose(new Lost(0, 0, "its damage note is damaged"));
                }
            }
        };
    }

    private static String text(byte[] key) {
        return switch (Keys.kind(key)) {
            case Keys.HEADER_KIND -> "the header";
            case Keys.NAME_KIND -> "the name '%s'".formatted(Keys.nameOf(key));
            case GUARD_KIND -> "the guard";
            default ->
                key.length > Long.BYTES
                        ? "the value of kind %d of log number %d".formatted(Keys.kind(key), Keys.numberOf(key))
                        : "a key of kind %d".formatted(Keys.kind(key));
        };
    }

    private void nameOrRoot(byte[] key, byte[] value) throws BadValueException {
        switch (Keys.kind(key)) {
            case Keys.HEADER_KIND -> nextNumber = Values.header(value);
            case Keys.NAME_KIND -> names.put(Values.numbers(key, value, 1)[0], Keys.nameOf(key));
            default -> {
                var root = Values.root(key, value);
                var log = new LogState(Keys.numberOf(key));
                log.setName(root.name());
                log.setBase(root.base());
                logs.put(log.number(), log);
            }
        }
    }

    private void pendingOrNote(byte[] key, byte[] value) throws BadValueException {
        if (Keys.kind(key) == Keys.PENDING_KIND) {
            pending.merge(Keys.numberOf(key), Keys.indexOf(key), Math::max);
        } else {
            log(Keys.numberOf(key)).note(Values.damage(key, value));
        }
    }

    /** Holds names and roots against each other; either can be rebuilt from the other, but for the base point. */
    private void nameLogs() {
        for (var log : logs.values()) {
            if (log.name().isPresent() && !names.containsKey(log.number())) {
                findings.add("the name '%s' of log number %d is missing; it follows from its root"
                        .formatted(log.name().get(), log.number()));
            }
        }
        names.forEach((number, name) -> {
            var log = log(number);
            if (log.name().isEmpty()) {
                log.setName(name);
                log.lose(new Lost(0, 0, "the root is missing, and with it the point where the entries begin"));
            } else if (!log.name().get().equals(name)) {
                log.lose(new Lost(0, 0, "it is also called '%s'".formatted(name)));
            }
        });
        var ledger = contents.ledger();
        ledger.losses().logs().forEach(number -> ledger.losses().of(number).forEach(log(number)::lose));
    }

    private LogState log(long number) {
        return logs.computeIfAbsent(number, LogState::new);
    }

    /** Whether something of a log without name and root is but what a drop has left to be removed. */
    private boolean wasDropped(long number, long index) {
        if (logs.containsKey(number)) {
            return false;
        }
        var noted = contents.ledger().lastIndexes().get(number);
        return noted != null ? noted == Touched.DROPPED : index <= pending.getOrDefault(number, 0L);
    }

    private void entry(byte[] key, byte[] value) throws IOException {
        if (!Keys.isEntry(key)) {
            findings.add("a key of %d bytes among the entries".formatted(key.length));
            return;
        }
        var number = Keys.numberOf(key);
        var index = Keys.indexOf(key);
        if (wasDropped(number, index) || !log(number).has(index)) {
            return;
        }
        try {
            log(number).take(EntryCodec.read(key, value));
            if (contents.isDoubtful(key)) {
                log(number).lose(new Lost(index, index, "it can be read, but whether it was removed later cannot"));
            }
            sink.put(key, value);
        } catch (BadValueException e) {
            log(number).takeBad(index, String.valueOf(e.getMessage()));
        }
    }

    private void cellOrMeta(byte[] key, byte[] value) throws IOException {
        if (!SelfCheck.isKey(key)) {
            findings.add("a key of %d bytes and kind %d".formatted(key.length, Keys.kind(key)));
        } else if (!wasDropped(Keys.numberOf(key), 0)) {
            var log = log(Keys.numberOf(key));
            if (SelfCheck.passes(key, value)) {
                sink.put(key, value);
            } else {
                log.lose(
                        new Lost(0, 0, Keys.kind(key) == Keys.CELL_KIND ? "a cell is damaged" : "its meta is damaged"));
            }
        }
    }

    private void endLogs() {
        var noted = contents.ledger().lastIndexes();
        noted.forEach((number, last) -> {
            if (last != Touched.DROPPED) {
                log(number);
            }
        });
        for (var log : logs.values()) {
            log.end(
                    Optional.ofNullable(noted.get(log.number())).filter(last -> last != Touched.DROPPED),
                    contents.suspects());
            if (log.name().isEmpty()) {
                log.lose(new Lost(0, 0, "its name is lost"));
            }
            for (var suspect : contents.suspects()) {
                if (suspect.concerns(Keys.CELL_KIND, log.number()) || suspect.concerns(Keys.META_KIND, log.number())) {
                    log.lose(new Lost(0, 0, "its own values may be " + suspect.cause()));
                }
            }
        }
        for (var suspect : contents.suspects()) {
            if (suspect.concerns(Keys.NAME_KIND) || suspect.concerns(Keys.ROOT_KIND)) {
                findings.add("names of logs may be " + suspect.cause());
            }
        }
        var highest = logs.isEmpty() ? 0 : logs.lastKey();
        if (nextNumber <= highest && !logs.isEmpty()) {
            findings.add(nextNumber == 0 ? "the header is missing" : "the header is older than the newest log");
            nextNumber = highest + 1;
        }
        if (!guarded && !logs.isEmpty()) {
            findings.add("the guard is missing");
        }
    }

    /** Gives the new folder what is not given yet. */
    private void give() throws IOException {
        sink.put(Keys.HEADER, Values.header(Math.max(1, nextNumber)));
        sink.put(Keys.GUARD, Values.guard());
        for (var log : logs.values()) {
            var number = log.number();
            var name = log.nameOrMadeUp();
            sink.put(Keys.name(name), Values.numbers(Keys.name(name), number));
            sink.put(Keys.root(number), Values.root(number, new Root(name, log.base())));
            var lost = new LinkedHashSet<>(log.notes());
            lost.addAll(log.unreadable());
            if (!lost.isEmpty()) {
                sink.put(Keys.damage(number), Values.damage(number, List.copyOf(lost)));
            }
        }
    }
}
