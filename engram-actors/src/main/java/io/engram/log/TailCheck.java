package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import io.engram.log.format.Values.Touched;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Holds the notes of the last two forced writes against the ends of the logs that they touched. A log whose end is missing
 * looks whole, only shorter, and nothing else would tell.
 */
final class TailCheck {
    private final OrderedStore store;
    private final LogDirectory directory;
    private final Quarantines quarantines;
    private final Map<Long, Lost> found = new LinkedHashMap<>();

    private TailCheck(OrderedStore store, LogDirectory directory, Quarantines quarantines) {
        this.store = store;
        this.directory = directory;
        this.quarantines = quarantines;
    }

    /** Quarantines the logs whose ends are not as they were written, and notes that for later starts. Nobody may write meanwhile. */
    static void run(OrderedStore store, LogDirectory directory, Quarantines quarantines) {
        var note = directory.lastCommit();
        var ends = new LinkedHashMap<Long, Long>();
        note.previous().forEach(each -> ends.put(each.log(), each.last()));
        note.own().forEach(each -> ends.put(each.log(), each.last()));
        var check = new TailCheck(store, directory, quarantines);
        ends.forEach(check::check);
        check.note();
    }

    private void check(long number, long last) {
        var name = nameOf(number);
        if (name.isEmpty() || quarantines.of(name.get()).isPresent()) {
            return;
        }
        var lost = last == Touched.DROPPED
                ? Optional.of(new Lost(0, 0, "it was dropped, and is there again"))
                : wrongEnd(name.get(), number, last);
        lost.ifPresent(each -> {
            found.put(number, each);
            quarantines.add(name.get(), List.of(each));
        });
    }

    private Optional<Lost> wrongEnd(String name, long number, long last) {
        long there;
        try {
            there = directory.load(name, number).last().index();
        } catch (LogDamagedException e) {
            // It is met again by whoever uses the log, at any start.
            quarantines.add(e);
            return Optional.empty();
        }
        if (there < last) {
            return Optional.of(
                    new Lost(there + 1, last, "by the note of the last writes it was there, and is missing"));
        }
        return there == last
                ? Optional.empty()
                : Optional.of(
                        new Lost(0, there, "what is behind index %d was cut off, and is there again".formatted(last)));
    }

    /** The log's name; empty if it has no root, or none that can be read. */
    private Optional<String> nameOf(long number) {
        var key = Keys.root(number);
        try {
            var root = store.get(key);
            return root.isPresent() ? Optional.of(Values.root(key, root.get()).name()) : Optional.empty();
        } catch (BadValueException | DatabaseException e) {
            return Optional.empty();
        }
    }

    private void note() {
        if (found.isEmpty()) {
            return;
        }
        try (var batch = store.newBatch()) {
            found.forEach((number, lost) -> batch.put(Keys.damage(number), Values.damage(number, List.of(lost))));
            store.write(batch, true);
        }
    }
}
