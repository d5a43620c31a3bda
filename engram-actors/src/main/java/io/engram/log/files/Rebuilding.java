package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import io.engram.log.format.Values.Root;
import io.engram.log.format.Values.Touched;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Values that a gap has lost and that follow from others: a log's name from its root and its root from its name, the next
 * number from the highest one in use, the guard.
 */
final class Rebuilding {
    private final Newest newest;
    private final TreeSet<Long> logs = new TreeSet<>();
    private final Map<Long, LogPoint> bases = new HashMap<>();
    private long highestLog;
    private long headerAccounted;
    private boolean anything;

    Rebuilding(Newest newest) {
        this.newest = newest;
    }

    /** A number that is in use or was. */
    void number(long log) {
        highestLog = Math.max(highestLog, log);
    }

    /**
     * Notes what a gap lost of its logs' own values, once everything that was found in it has been seen. Only what was certainly
     * written in this gap is counted: too high a count would hide another loss.
     *
     * @param born the logs of which name or root was found in the gap and not known before
     * @return how many of the lost changes that accounts for
     */
    int lostIn(Collection<Long> touched, Collection<Long> born, List<Op> found) throws IOException, BadBytesException {
        anything = true;
        var lost = 0;
        for (var log : touched) {
            var root = newest.root(log);
            var hasName = root.isPresent()
                    ? newest.number(root.get().name()).isPresent()
                    : newest.nameSeen(log).isPresent();
            if ((root.isEmpty() || !hasName) && logs.add(log)) {
                beginning(log, found);
                lost += born.contains(log) ? 1 : 0;
            }
        }
        var header = newest.header();
        if ((header.isEmpty() || header.getAsLong() <= highestLog) && highestLog > headerAccounted) {
            headerAccounted = highestLog;
            lost++;
        }
        return lost;
    }

    /** A log whose first entry is right behind nothing has its beginning there. */
    private void beginning(long log, List<Op> found) {
        for (var op : found) {
            if (Keys.isEntryOf(op.key(), log) && Keys.indexOf(op.key()) == 1) {
                try {
                    if (EntryCodec.read(op.key(), op.value()).follows(LogPoint.START)) {
                        bases.put(log, LogPoint.START);
                    }
                } catch (BadValueException e) {
                    throw new IllegalStateException("an entry changed after it was checked", e);
                }
            }
        }
    }

    /**
     * The values to write, by what stands at the end.
     *
     * @param lastIndexes by log, {@link Touched#DROPPED} for a dropped one
     * @param losses takes what a rebuilt root does not tell
     * @param problems takes the logs whose name is lost
     */
    List<Op> repairs(Map<Long, Long> lastIndexes, Losses losses, List<String> problems)
            throws IOException, BadBytesException {
        var repairs = new ArrayList<Op>();
        if (!anything) {
            return repairs;
        }
        for (var log : logs) {
            if (lastIndexes.getOrDefault(log, 0L) != Touched.DROPPED) {
                repair(log, lastIndexes.getOrDefault(log, 0L), repairs, losses, problems);
            }
        }
        var header = newest.header();
        if (header.isEmpty() || header.getAsLong() <= highestLog) {
            repairs.add(Op.put(0, Keys.HEADER, Values.header(highestLog + 1)));
        }
        if (newest.value(Keys.GUARD).isEmpty()) {
            repairs.add(Op.put(0, Keys.GUARD, Values.guard()));
        }
        return repairs;
    }

    private void repair(long log, long last, List<Op> repairs, Losses losses, List<String> problems)
            throws IOException, BadBytesException {
        var root = newest.root(log);
        if (root.isPresent()) {
            var name = root.get().name();
            if (newest.number(name).isEmpty()) {
                repairs.add(Op.put(0, Keys.name(name), Values.numbers(Keys.name(name), log)));
            }
            return;
        }
        var name = newest.nameSeen(log);
        if (name.isEmpty()) {
            problems.add("the name of log number %d is lost".formatted(log));
            return;
        }
        if (!bases.containsKey(log)) {
            losses.add(log, new Lost(0, last, "the root is lost, and with it the point where the entries begin"));
        }
        var rebuilt = new Root(name.get(), bases.getOrDefault(log, LogPoint.START));
        repairs.add(Op.put(0, Keys.root(log), Values.root(log, rebuilt)));
    }
}
