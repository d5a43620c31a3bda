package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Commit;
import io.engram.log.format.Values.Lost;
import io.engram.log.format.Values.Root;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What follows from blocks of tables that are taken out: which changes have to be written anew, which values can be rebuilt from
 * others, and which logs lack something.
 *
 * <ul>
 *   <li>A lost entry is noted as lost.
 *   <li>A lost cell stays as one that cannot be read, which is its owner's business; if its name is lost, too, the log is noted.
 *   <li>A log's name follows from its root. Its root follows from its name, but for the point where the entries begin.
 *   <li>The header follows from the highest number, and the commit note is only needed to go on from.
 *   <li>What may have been a damage note is a problem, since a log that lacks something would be used.
 * </ul>
 */
final class Mending {
    /** An entry that was removed at a log's end shows up again right behind it. */
    private static final int RETURNED_ENTRIES_LOOKED_FOR = 256;

    private static final byte[] UNREADABLE = {};

    private final Tables intact;
    private final Tables view;
    private final Map<ByteBuffer, Op> logged = new HashMap<>();
    private final Losses losses;
    private final List<String> problems;
    private final Map<ByteBuffer, Op> repairs = new LinkedHashMap<>();
    private final TreeSet<Long> rootsLost = new TreeSet<>();
    private final List<Suspect> suspects = new ArrayList<>();
    private Optional<String> nameLost = Optional.empty();
    private boolean headerLost;
    private boolean commitLost;

    /**
     * @param intact the tables without what is taken out
     * @param view the tables with what could be read of it
     * @param logged the changes in the write-ahead logs, which are newer than all tables
     * @param losses takes what is lost
     * @param problems takes what cannot be told
     */
    Mending(Tables intact, Tables view, List<Op> logged, Losses losses, List<String> problems) {
        this.intact = intact;
        this.view = view;
        logged.forEach(op -> this.logged.put(ByteBuffer.wrap(op.key()), op));
        this.losses = losses;
        this.problems = problems;
    }

    private Optional<Op> newest(byte[] key) throws IOException, BadBytesException {
        var known = logged.get(ByteBuffer.wrap(key));
        return known != null ? Optional.of(known) : view.newest(key);
    }

    private Optional<byte[]> value(byte[] key) throws IOException, BadBytesException {
        var repaired = repairs.get(ByteBuffer.wrap(key));
        return (repaired != null ? Optional.of(repaired) : newest(key))
                .filter(Op::isPut)
                .map(Op::value);
    }

    boolean isLogged(byte[] key) {
        return logged.containsKey(ByteBuffer.wrap(key));
    }

    /** A change in a block that is taken out: if it is the newest of its key it is written anew. */
    void keep(Op op) throws IOException, BadBytesException {
        var newest = newest(op.key());
        if (newest.isEmpty()
                || newest.get().sequence() != op.sequence()
                || newest.get().isPut() != op.isPut()) {
            return;
        }
        if (Keys.kind(op.key()) == Keys.COMMIT_KIND) {
            // Its number would not follow upon that of an older one, which then looks like a gap.
            commitLost = true;
        } else {
            repairs.put(ByteBuffer.wrap(op.key()), op);
        }
    }

    /** A change in such a block of which only the key is known. */
    void lost(Op op, String cause) throws IOException, BadBytesException {
        var newest = newest(op.key());
        if (newest.isPresent() && (isLogged(op.key()) || newest.get().sequence() > op.sequence())) {
            return;
        }
        switch (Keys.kind(op.key())) {
            case Keys.HEADER_KIND -> headerLost = true;
            case Keys.COMMIT_KIND -> commitLost = true;
            case Keys.NAME_KIND -> nameLost = Optional.of(cause);
            case Keys.ROOT_KIND -> rootsLost.add(Keys.numberOf(op.key()));
            case Keys.ENTRY_KIND -> lostEntry(op, cause);
            case Keys.PENDING_KIND -> {
                if (op.isPut()) {
                    repairs.put(ByteBuffer.wrap(op.key()), Op.put(0, op.key(), Values.numbers(op.key(), 1)));
                }
            }
            case Keys.CELL_KIND -> {
                if (op.isPut()) {
                    repairs.put(ByteBuffer.wrap(op.key()), Op.put(0, op.key(), UNREADABLE));
                }
            }
            case Keys.DAMAGE_KIND, Keys.META_KIND ->
                losses.add(Keys.numberOf(op.key()), new Lost(0, 0, "its own values were " + cause));
            default -> {
                // The guard, which is put again in any case.
            }
        }
    }

    private void lostEntry(Op op, String cause) throws IOException, BadBytesException {
        var log = Keys.numberOf(op.key());
        var index = Keys.indexOf(op.key());
        var root = value(Keys.root(log));
        if (root.isEmpty() || index <= root(log, root.get()).base().index()) {
            return;
        }
        if (intact.newest(op.key()).filter(Op::isPut).isPresent()) {
            losses.add(log, new Lost(0, index, "an entry that was removed or replaced is there again, " + cause));
        } else if (op.isPut()) {
            losses.add(log, new Lost(index, index, cause));
        }
    }

    /**
     * Keys in such a block of which nothing is known.
     *
     * @param sequence what is newer than this does not come from there
     */
    void lost(Suspect suspect, long sequence) throws IOException, BadBytesException {
        suspects.add(suspect);
        var range = EntryRange.within(suspect);
        for (var each : roots().entrySet()) {
            var log = each.getKey();
            if (range.isPresent() && range.get().concerns(log)) {
                var first = Math.max(
                        range.get().firstOf(log), each.getValue().base().index() + 1);
                var last = range.get().lastOf(log);
                if (first <= last) {
                    var from = isAnyBackAgain(log, first, last, sequence) ? 0 : first;
                    losses.add(log, new Lost(from, last, suspect.cause()));
                }
            }
            if (suspect.concerns(Keys.CELL_KIND, log) || suspect.concerns(Keys.META_KIND, log)) {
                losses.add(log, new Lost(0, 0, "its own values may be " + suspect.cause()));
            }
        }
        if (suspect.concerns(Keys.DAMAGE_KIND)) {
            problems.add("it may have been noted which logs are damaged, " + suspect.cause());
        }
        if (suspect.concerns(Keys.NAME_KIND)) {
            nameLost = Optional.of(suspect.cause());
        }
        headerLost |= suspect.holds(Keys.HEADER);
        commitLost |= suspect.holds(Keys.COMMIT) && !isLogged(Keys.COMMIT);
    }

    private boolean isAnyBackAgain(long log, long first, long last, long sequence)
            throws IOException, BadBytesException {
        for (var index = first; index <= last && index < first + RETURNED_ENTRIES_LOOKED_FOR; index++) {
            if (newest(Keys.entry(log, index))
                    .filter(op -> op.isPut() && op.sequence() < sequence)
                    .isPresent()) {
                return true;
            }
        }
        return false;
    }

    /** The changes to write behind everything else. */
    List<Op> repairs() throws IOException, BadBytesException {
        nameLogs();
        var header = value(Keys.HEADER);
        var highest = highestNumber();
        if (headerLost || header.isEmpty() || header(header.get()) <= highest) {
            var next = header.isPresent() ? Math.max(header(header.get()), highest + 1) : highest + 1;
            put(Keys.HEADER, Values.header(next));
        }
        if (commitLost) {
            var older = intact.newest(Keys.COMMIT).filter(Op::isPut);
            var number = older.isPresent() ? commit(older.get().value()).number() : 0;
            put(Keys.COMMIT, Values.commit(new Commit(number + 1, List.of(), List.of())));
        }
        if (value(Keys.GUARD).isEmpty()) {
            put(Keys.GUARD, Values.guard());
        }
        return List.copyOf(repairs.values());
    }

    private void put(byte[] key, byte[] value) {
        repairs.put(ByteBuffer.wrap(key), Op.put(0, key, value));
    }

    private void nameLogs() throws IOException, BadBytesException {
        var isRootLost = !rootsLost.isEmpty() || suspects.stream().anyMatch(each -> each.concerns(Keys.ROOT_KIND));
        if (nameLost.isEmpty() && !isRootLost) {
            return;
        }
        var names = names();
        var roots = roots();
        for (var root : roots.entrySet()) {
            var name = root.getValue().name();
            if (!root.getKey().equals(names.get(name))) {
                if (nameLost.isEmpty() || roots.containsKey(names.getOrDefault(name, 0L))) {
                    problems.add("log number %d and another one are both called '%s'".formatted(root.getKey(), name));
                } else {
                    names.put(name, root.getKey());
                    put(Keys.name(name), Values.numbers(Keys.name(name), root.getKey()));
                }
            }
        }
        for (var name : names.entrySet()) {
            var log = name.getValue();
            if (!roots.containsKey(log)
                    && (rootsLost.contains(log)
                            || suspects.stream().anyMatch(each -> each.concerns(Keys.ROOT_KIND, log)))) {
                rebuildRoot(log, name.getKey());
                rootsLost.remove(log);
            }
        }
        rootsLost.removeAll(roots.keySet());
        rootsLost.forEach(log -> problems.add("the name of log number %d is lost".formatted(log)));
        if (nameLost.isPresent() && suspects.stream().anyMatch(each -> each.concerns(Keys.ROOT_KIND))) {
            problems.add("names of logs may be " + nameLost.get());
        }
    }

    private void rebuildRoot(long log, String name) throws IOException, BadBytesException {
        var first = value(Keys.entry(log, 1));
        if (first.isEmpty() || !isFirst(log, first.get())) {
            losses.add(
                    log,
                    new Lost(
                            0,
                            view.lastEntry(log, 0),
                            "the root is lost, and with it the point where the entries begin"));
        }
        put(Keys.root(log), Values.root(log, new Root(name, LogPoint.START)));
    }

    private static boolean isFirst(long log, byte[] entry) {
        try {
            return EntryCodec.read(Keys.entry(log, 1), entry).follows(LogPoint.START);
        } catch (BadValueException e) {
            return false;
        }
    }

    private long highestNumber() throws IOException, BadBytesException {
        var highest = 0L;
        for (var kind : List.of(
                Keys.ROOT_KIND, Keys.ENTRY_KIND, Keys.PENDING_KIND, Keys.DAMAGE_KIND, Keys.CELL_KIND, Keys.META_KIND)) {
            var last = view.lastKey(Keys.start(kind), Keys.start(kind + 1));
            if (last.isPresent() && SelfCheck.isKey(last.get())) {
                highest = Math.max(highest, Keys.numberOf(last.get()));
            }
        }
        for (var op : logged.values()) {
            if (op.key().length > Long.BYTES && Keys.kind(op.key()) != Keys.NAME_KIND) {
                highest = Math.max(highest, Keys.numberOf(op.key()));
            }
        }
        return highest;
    }

    private static Root root(long log, byte[] value) throws BadBytesException {
        try {
            return Values.root(Keys.root(log), value);
        } catch (BadValueException e) {
            throw new BadBytesException(0, "a root is damaged: " + e.getMessage());
        }
    }

    /** The logs by number. */
    private TreeMap<Long, Root> roots() throws IOException, BadBytesException {
        var roots = new TreeMap<Long, Root>();
        for (var op : newestOf(Keys.ROOT_KIND)) {
            roots.put(Keys.numberOf(op.key()), root(Keys.numberOf(op.key()), op.value()));
        }
        return roots;
    }

    /** The numbers by name. */
    private TreeMap<String, Long> names() throws IOException, BadBytesException {
        var names = new TreeMap<String, Long>();
        for (var op : newestOf(Keys.NAME_KIND)) {
            try {
                names.put(Keys.nameOf(op.key()), Values.numbers(op.key(), op.value(), 1)[0]);
            } catch (BadValueException e) {
                throw new BadBytesException(0, "a name is damaged: " + e.getMessage());
            }
        }
        return names;
    }

    private List<Op> newestOf(byte kind) throws IOException, BadBytesException {
        var newest = new LinkedHashMap<ByteBuffer, Op>();
        for (var op : view.range(Keys.start(kind), Keys.start(kind + 1))) {
            newest.putIfAbsent(ByteBuffer.wrap(op.key()), op);
        }
        for (var later : List.of(logged, repairs)) {
            later.forEach((key, op) -> {
                if (Keys.kind(op.key()) == kind) {
                    newest.put(key, op);
                }
            });
        }
        return newest.values().stream().filter(Op::isPut).toList();
    }

    private static long header(byte[] value) throws BadBytesException {
        try {
            return Values.header(value);
        } catch (BadValueException e) {
            throw new BadBytesException(0, "the header: " + e.getMessage());
        }
    }

    private static Commit commit(byte[] value) throws BadBytesException {
        try {
            return Values.commit(value);
        } catch (BadValueException e) {
            throw new BadBytesException(0, "a commit note: " + e.getMessage());
        }
    }
}
