package io.engram.log.files;

import io.engram.log.format.Entry;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values.Lost;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** What is known of a log while its folder is read. */
final class LogState {
    private final long number;
    private final List<Lost> unreadable = new ArrayList<>();
    private final List<Lost> notes = new ArrayList<>();
    private final List<LogReport.Row> readable = new ArrayList<>();
    private Optional<String> name = Optional.empty();
    private Optional<LogPoint> base = Optional.empty();
    /** The entry before the next one, if it could be read. */
    private Optional<LogPoint> before = Optional.empty();

    private long next = 1;
    private long last;

    LogState(long number) {
        this.number = number;
    }

    long number() {
        return number;
    }

    Optional<String> name() {
        return name;
    }

    void setName(String known) {
        name = Optional.of(known);
    }

    void setBase(LogPoint known) {
        base = Optional.of(known);
        before = base;
        next = known.index() + 1;
        last = known.index();
    }

    void lose(Lost lost) {
        if (!unreadable.contains(lost)) {
            unreadable.add(lost);
        }
    }

    void note(List<Lost> stands) {
        notes.addAll(stands);
    }

    /** Where the entries begin; as far as it can be told by the first of them if the root is lost. */
    LogPoint base() {
        return base.orElse(LogPoint.START);
    }

    /** Whether an entry is one that the log still has. */
    boolean has(long index) {
        return base.isEmpty() || index >= base().index() + 1;
    }

    /** Takes the next entry that can be read. */
    void take(Entry entry) {
        if (base.isEmpty()) {
            var first = entry.follows(LogPoint.START) ? LogPoint.START : new LogPoint(entry.index() - 1, 0, 0, 0);
            setBase(first);
            before = Optional.of(first).filter(LogPoint.START::equals);
        }
        skipTo(entry.index());
        if (before.isPresent() && !entry.follows(before.get())) {
            lose(new Lost(entry.index(), entry.index(), "its running checksum does not follow from the entry before"));
        } else if (!readable.isEmpty() && readable.getLast().last() == entry.index() - 1) {
            readable.addLast(new LogReport.Row(readable.removeLast().first(), entry.index()));
        } else {
            readable.add(new LogReport.Row(entry.index(), entry.index()));
        }
        before = Optional.of(entry.point());
        next = entry.index() + 1;
        last = Math.max(last, entry.index());
    }

    /** Takes the next entry, which cannot be read. */
    void takeBad(long index, String cause) {
        if (base.isEmpty()) {
            setBase(new LogPoint(index - 1, 0, 0, 0));
        }
        skipTo(index);
        lose(new Lost(index, index, cause));
        before = Optional.empty();
        next = index + 1;
        last = Math.max(last, index);
    }

    private void skipTo(long index) {
        if (next < index) {
            lose(new Lost(next, index - 1, "missing"));
            before = Optional.empty();
        }
    }

    /**
     * Tells that there are no more entries.
     *
     * @param noted the last index by the commit notes, if they tell it
     * @param suspects what may have been lost behind the last entry
     */
    void end(Optional<Long> noted, List<Suspect> suspects) {
        if (noted.isPresent()) {
            if (noted.get() >= next) {
                lose(new Lost(next, noted.get(), "missing"));
                last = noted.get();
            } else if (noted.get() < next - 1 && noted.get() >= base().index()) {
                lose(new Lost(noted.get() + 1, next - 1, "it was truncated away and is there again"));
            }
            return;
        }
        for (var suspect : suspects) {
            var lost = suspect.lastEntryOf(number);
            if (lost >= next) {
                lose(new Lost(next, lost, "there may have been more: " + suspect.cause()));
            }
        }
    }

    List<Lost> unreadable() {
        return unreadable;
    }

    List<Lost> notes() {
        return notes;
    }

    LogReport report() {
        return new LogReport(number, name.orElse(madeUpName()), base(), last, readable, unreadable, notes);
    }

    String nameOrMadeUp() {
        return name.orElse(madeUpName());
    }

    private String madeUpName() {
        return "log number %d, whose name is lost".formatted(number);
    }
}
