package io.engram.log.files;

import io.engram.log.format.Keys;
import io.engram.log.format.Values.Touched;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.OptionalLong;
import java.util.TreeSet;

/** Which entries of a log the commits in a gap must have written, by the notes. */
final class Expected {
    /** Entries in a row. */
    record Run(long first, long last) {
        long count() {
            return last - first + 1;
        }
    }

    private final List<Run> runs = new ArrayList<>();
    private final boolean certain;
    private OptionalLong last;
    private long highest;
    private boolean shortened;

    /** @param last the log's last index before the gap, if it is known */
    Expected(OptionalLong last) {
        this.last = last;
        certain = last.isPresent();
        highest = last.orElse(0);
    }

    void add(Touched touched) {
        if (touched.last() < last.orElse(0)) {
            shortened = true;
        } else if (last.isPresent() && touched.last() > last.getAsLong()) {
            runs.add(new Run(last.getAsLong() + 1, touched.last()));
        }
        last = OptionalLong.of(Math.max(0, touched.last()));
        highest = Math.max(highest, last.getAsLong());
    }

    /** Whether {@link #missing} tells all. */
    boolean isCertain() {
        return certain;
    }

    /** Whether the log was dropped or lost its tail in the gap: deletes that nobody can read. */
    boolean shortened() {
        return shortened;
    }

    /** The highest index that the log had meanwhile. */
    long highest() {
        return highest;
    }

    /** Whether an entry is among them; if they are not certain it may be. */
    boolean has(long index) {
        return !certain || runs.stream().anyMatch(run -> run.first() <= index && index <= run.last());
    }

    /** What was expected and is not among {@code found}. */
    List<Run> missing(long log, Collection<Op> found) {
        var indexes = new TreeSet<Long>();
        for (var op : found) {
            if (Keys.isEntryOf(op.key(), log)) {
                indexes.add(Keys.indexOf(op.key()));
            }
        }
        var missing = new ArrayList<Run>();
        for (var run : runs) {
            var next = run.first();
            for (var index : indexes.subSet(run.first(), true, run.last(), true)) {
                if (next < index) {
                    missing.add(new Run(next, index - 1));
                }
                next = index + 1;
            }
            if (next <= run.last()) {
                missing.add(new Run(next, run.last()));
            }
        }
        return missing;
    }
}
