package io.engram.log;

import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import java.util.Set;

/**
 * What is known of a log at one moment.
 *
 * @param born whether the log is there
 * @param dropped whether it was dropped: nothing may be done under its number any more
 * @param base the last point that was truncated away
 * @param last the last entry's point; the base if there is none
 * @param meta what replication keeps
 * @param cells names of the values that are kept with it
 * @param cuts how often its tail was cut, so that what was read before a cut is not used after it
 */
record LogState(
        boolean born, boolean dropped, LogPoint base, LogPoint last, Values.Meta meta, Set<String> cells, long cuts) {
    static final LogState UNBORN =
            new LogState(false, false, LogPoint.START, LogPoint.START, Values.Meta.NONE, Set.of(), 0);

    LogState {
        cells = Set.copyOf(cells);
    }

    LogState asBorn() {
        return born ? this : new LogState(true, dropped, base, last, meta, cells, cuts);
    }

    LogState withLast(LogPoint point) {
        return new LogState(born, dropped, base, point, meta, cells, cuts);
    }

    LogState cutAfter(LogPoint point) {
        return new LogState(born, dropped, base, point, meta, cells, cuts + 1);
    }

    /** Without entries, behind a point. */
    LogState beginAt(LogPoint point) {
        return new LogState(true, dropped, point, point, meta, cells, cuts + 1);
    }

    LogState withBase(LogPoint point) {
        return new LogState(born, dropped, point, last.index() < point.index() ? point : last, meta, cells, cuts);
    }

    LogState withMeta(Values.Meta value) {
        return new LogState(born, dropped, base, last, value, cells, cuts);
    }

    LogState withCells(Set<String> names) {
        return new LogState(born, dropped, base, last, meta, names, cuts);
    }

    LogState asDropped() {
        return new LogState(born, true, base, last, meta, cells, cuts);
    }
}
