package io.engram.log;

import io.engram.log.format.EntryCodec;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Holds changes against what is known of their logs and turns them into changes of the database: all of them, or none if
 * one does not fit. Under the writer's lock, so what is costly (encoding, sums over contents, reading) was done before.
 */
final class LogStaging {
    /** A change with what its caller has prepared. */
    sealed interface Prepared {
        LogHandle handle();

        /** @param drafts of the entries, see {@link EntryCodec#draft} */
        record Append(LogHandle handle, LogChange.Append change, List<byte[]> drafts) implements Prepared {}

        /**
         * A truncation at a point that was read after so many {@link LogState#cuts}.
         *
         * @param prefix whether what is up to the point goes, or what is behind it
         */
        record Truncate(LogHandle handle, LogPoint at, boolean prefix, long cuts) implements Prepared {}

        /** As {@link LogChange.BeginAt}. */
        record BeginAt(LogHandle handle, LogPoint point) implements Prepared {}

        /**
         * Entries for their places, see {@link LogMend}.
         *
         * @param values the entries' bytes
         * @param first the index of the first of them
         * @param last the point to which they lead
         * @param fromStart whether nothing was proven of the log, so that what is behind them goes
         * @param before what was lost when this was prepared
         * @param after what is still lost with it
         * @param seen the log's state when this was prepared
         */
        record Mend(
                LogHandle handle,
                List<byte[]> values,
                long first,
                LogPoint last,
                boolean fromStart,
                List<Lost> before,
                List<Lost> after,
                LogState seen)
                implements Prepared {}

        record PutMeta(LogHandle handle, Values.Meta meta) implements Prepared {}

        /** Without a value the cell goes. */
        record Cell(LogHandle handle, String cell, byte @Nullable [] value) implements Prepared {}

        record Drop(LogHandle handle, CompletableFuture<Void> freed) implements Prepared {}

        /** The log is quarantined for these losses, besides those noted before. */
        record Damage(LogHandle handle, List<Values.Lost> lost) implements Prepared {}
    }

    private record Op(byte[] key, byte @Nullable [] value) {}

    private final Quarantines quarantines;
    private long highestNumber;

    /** @param nextNumber the next log number that is free */
    LogStaging(long nextNumber, Quarantines quarantines) {
        this.quarantines = quarantines;
        highestNumber = nextNumber - 1;
    }

    /** A set of changes that fits; nothing is staged before {@link Outcome#into}. */
    static final class Outcome {
        private final Map<LogHandle, LogState> after = new LinkedHashMap<>();
        private final List<Op> ops = new ArrayList<>();
        private final List<StagedBatch.Removal> removals = new ArrayList<>();
        private final Map<LogHandle, StagedBatch.Heal> heals = new LinkedHashMap<>();
        private boolean grows;

        LogState state(LogHandle handle) {
            return after.getOrDefault(handle, handle.staged);
        }

        void into(StagedBatch batch) {
            for (var op : ops) {
                var value = op.value();
                if (value == null) {
                    batch.changes.delete(op.key());
                } else {
                    batch.changes.put(op.key(), value);
                }
            }
            after.forEach((handle, state) -> {
                handle.staged = state;
                batch.touched(handle, state);
            });
            batch.removals.addAll(removals);
            batch.heals.addAll(heals.values());
            batch.grows |= grows;
        }

        private void put(byte[] key, byte[] value) {
            ops.add(new Op(key, value));
        }

        private void delete(byte[] key) {
            ops.add(new Op(key, null));
        }
    }

    /** @throws LogException if one of the changes does not fit its log */
    Outcome check(List<Prepared> changes) {
        var outcome = new Outcome();
        for (var change : changes) {
            var handle = change.handle();
            handle.requireUsable();
            var state = outcome.state(handle);
            if (state.dropped()) {
                if (change instanceof Prepared.Drop drop) {
                    drop.freed().complete(null);
                    continue;
                }
                throw new StaleWriterException("log '%s' was dropped".formatted(handle.name));
            }
            requireWhole(change, outcome);
            switch (change) {
                case Prepared.Append c -> append(c, state, outcome);
                case Prepared.Truncate c -> truncate(c, state, outcome);
                case Prepared.BeginAt c -> beginAt(c, state, outcome);
                case Prepared.Mend c -> mend(c, state, outcome);
                case Prepared.PutMeta c -> putMeta(c, state, outcome);
                case Prepared.Cell c -> cell(c, state, outcome);
                case Prepared.Drop c -> drop(c, state, outcome);
                case Prepared.Damage c ->
                    outcome.put(Keys.damage(handle.number), Values.damage(handle.number, c.lost()));
            }
        }
        return outcome;
    }

    private void append(Prepared.Append append, LogState before, Outcome outcome) {
        var handle = append.handle();
        var change = append.change();
        if (change.first() != before.last().index() + 1) {
            throw new StaleWriterException("an append to log '%s' begins at index %d, but its last is %d"
                    .formatted(handle.name, change.first(), before.last().index()));
        }
        var lowest = Math.max(before.last().epoch(), before.meta().promised());
        if (change.epoch() < lowest) {
            throw new StaleWriterException("an append to log '%s' is of epoch %d, but the log is at %d"
                    .formatted(handle.name, change.epoch(), lowest));
        }
        if (change.checksumBefore().isPresent()
                && change.checksumBefore().getAsLong() != before.last().checksum()) {
            throw new StaleWriterException(
                    "an append to log '%s' follows checksum %016x, but the log has %016x at index %d"
                            .formatted(
                                    handle.name,
                                    change.checksumBefore().getAsLong(),
                                    before.last().checksum(),
                                    before.last().index()));
        }
        bear(handle, before, outcome);
        var index = change.first();
        var time = before.last().timeMicros();
        var checksum = before.last().checksum();
        for (var draft : append.drafts()) {
            time = Math.max(
                    time, change.entries().get((int) (index - change.first())).timeMicros());
            checksum = EntryCodec.seal(draft, time, checksum);
            outcome.put(Keys.entry(handle.number, index++), draft);
        }
        outcome.after.put(handle, before.asBorn().withLast(new LogPoint(index - 1, change.epoch(), time, checksum)));
        outcome.grows = true;
    }

    // ---- damage ----

    /** What is lost of a log after the changes so far. */
    private List<Lost> lost(LogHandle handle, Outcome outcome) {
        var heal = outcome.heals.get(handle);
        return heal == null ? quarantines.lost(handle) : heal.after();
    }

    private void requireWhole(Prepared change, Outcome outcome) {
        switch (change) {
            case Prepared.Append _, Prepared.PutMeta _, Prepared.Cell _ ->
                requireNone(change.handle(), lost(change.handle(), outcome));
            case Prepared.Truncate _, Prepared.BeginAt _, Prepared.Mend _, Prepared.Drop _, Prepared.Damage _ -> {}
        }
    }

    private static void requireNone(LogHandle handle, List<Lost> lost) {
        if (!lost.isEmpty()) {
            throw new LogQuarantinedException(new Quarantine(handle.name, Quarantines.describe(lost)));
        }
    }

    /** Notes what is still lost of a log, and writes again what may have been lost beside its entries. */
    private void heal(LogHandle handle, LogState state, List<Lost> after, Outcome outcome) {
        var before = lost(handle, outcome);
        if (before.isEmpty()) {
            return;
        }
        var number = handle.number;
        outcome.put(Keys.name(handle.name), Values.numbers(Keys.name(handle.name), number));
        outcome.put(Keys.root(number), Values.root(number, new Values.Root(handle.name, state.base())));
        if (state.meta().equals(Values.Meta.NONE)) {
            outcome.delete(Keys.meta(number));
        } else {
            outcome.put(Keys.meta(number), Values.meta(number, state.meta()));
        }
        if (after.isEmpty()) {
            outcome.delete(Keys.damage(number));
        } else {
            outcome.put(Keys.damage(number), Values.damage(number, after));
        }
        outcome.heals.put(handle, new StagedBatch.Heal(handle, quarantines.lost(handle), after));
    }

    private void beginAt(Prepared.BeginAt begin, LogState before, Outcome outcome) {
        var handle = begin.handle();
        var point = begin.point();
        if (point.index() < before.base().index()) {
            // What went before the base may be still on its way out, and would take what comes there along.
            throw new StaleWriterException("log '%s' begins at index %d and cannot go back to %d"
                    .formatted(handle.name, before.base().index(), point.index()));
        }
        bear(handle, before, outcome);
        var last = Math.max(before.last().index(), handle.highest);
        for (var index = point.index() + 1; index <= last; index++) {
            outcome.delete(Keys.entry(handle.number, index));
        }
        var gone = Math.min(point.index(), last);
        if (gone > before.base().index()) {
            note(outcome, handle, before.base().index() + 1, gone);
            outcome.removals.add(
                    new StagedBatch.Removal(handle, before.base().index() + 1, gone, new CompletableFuture<>(), false));
        }
        var after = before.beginAt(point);
        outcome.put(Keys.root(handle.number), Values.root(handle.number, new Values.Root(handle.name, point)));
        outcome.after.put(handle, after);
        heal(handle, after, List.of(), outcome);
    }

    private void mend(Prepared.Mend mend, LogState before, Outcome outcome) {
        var handle = mend.handle();
        if (!before.equals(mend.seen()) || !mend.before().equals(lost(handle, outcome))) {
            throw new StaleWriterException("log '%s' has changed while it was being mended".formatted(handle.name));
        }
        var index = mend.first();
        for (var value : mend.values()) {
            outcome.put(Keys.entry(handle.number, index++), value);
        }
        var after = before;
        if (mend.fromStart()) {
            for (var last = Math.max(before.last().index(), handle.highest); index <= last; index++) {
                outcome.delete(Keys.entry(handle.number, index));
            }
            after = before.cutAfter(mend.last());
        } else if (mend.last().index() > before.last().index()) {
            after = before.withLast(mend.last());
        }
        outcome.after.put(handle, after);
        outcome.grows = true;
        heal(handle, after, mend.after(), outcome);
    }

    // ---- the rest ----

    private void truncate(Prepared.Truncate truncate, LogState before, Outcome outcome) {
        var handle = truncate.handle();
        var at = truncate.at();
        if (truncate.cuts() != before.cuts()) {
            throw new StaleWriterException("the tail of log '%s' was cut meanwhile".formatted(handle.name));
        }
        if (truncate.prefix()) {
            if (at.index() <= before.base().index()) {
                return;
            }
            var lost = lost(handle, outcome);
            if (lost.stream().anyMatch(each -> each.first() == 0 || each.last() > at.index())) {
                requireNone(handle, lost);
            }
            note(outcome, handle, before.base().index() + 1, at.index());
            var after = before.withBase(at);
            outcome.put(Keys.root(handle.number), Values.root(handle.number, new Values.Root(handle.name, at)));
            outcome.after.put(handle, after);
            outcome.removals.add(new StagedBatch.Removal(
                    handle, before.base().index() + 1, at.index(), new CompletableFuture<>(), false));
            heal(handle, after, List.of(), outcome);
        } else {
            var last = Math.max(before.last().index(), handle.highest);
            for (var index = at.index() + 1; index <= last; index++) {
                outcome.delete(Keys.entry(handle.number, index));
            }
            var after = before.cutAfter(at);
            outcome.after.put(handle, after);
            heal(handle, after, leftUpTo(at.index(), before, lost(handle, outcome)), outcome);
        }
    }

    /** What is still lost of a log that ends at an index. */
    private static List<Lost> leftUpTo(long index, LogState state, List<Lost> lost) {
        return index == state.base().index()
                ? List.of()
                : lost.stream()
                        .filter(each -> each.first() <= index)
                        .map(each -> new Lost(each.first(), Math.min(each.last(), index), each.cause()))
                        .toList();
    }

    private void putMeta(Prepared.PutMeta put, LogState before, Outcome outcome) {
        var handle = put.handle();
        if (put.meta().promised() < before.meta().promised()) {
            throw new StaleWriterException("log '%s' has promised epoch %d, which cannot be taken back for %d"
                    .formatted(handle.name, before.meta().promised(), put.meta().promised()));
        }
        bear(handle, before, outcome);
        outcome.put(Keys.meta(handle.number), Values.meta(handle.number, put.meta()));
        outcome.after.put(handle, before.asBorn().withMeta(put.meta()));
    }

    private void cell(Prepared.Cell cell, LogState before, Outcome outcome) {
        var handle = cell.handle();
        var value = cell.value();
        var key = Keys.cell(handle.number, LogDirectory.utf8(cell.cell()));
        var names = new HashSet<>(before.cells());
        if (value == null) {
            if (names.remove(cell.cell())) {
                outcome.delete(key);
                outcome.after.put(handle, before.withCells(names));
            }
            return;
        }
        names.add(cell.cell());
        if (names.size() > LogChange.MAX_CELLS) {
            throw new IllegalArgumentException(
                    "log '%s' keeps %d values already".formatted(handle.name, LogChange.MAX_CELLS));
        }
        bear(handle, before, outcome);
        outcome.put(key, Values.wrap(key, value));
        outcome.after.put(handle, before.asBorn().withCells(names));
        outcome.grows = true;
    }

    private static void drop(Prepared.Drop drop, LogState before, Outcome outcome) {
        var handle = drop.handle();
        if (!before.born()) {
            drop.freed().complete(null);
            return;
        }
        outcome.delete(Keys.name(handle.name));
        outcome.delete(Keys.root(handle.number));
        outcome.delete(Keys.meta(handle.number));
        outcome.delete(Keys.damage(handle.number));
        before.cells().forEach(cell -> outcome.delete(Keys.cell(handle.number, LogDirectory.utf8(cell))));
        var last = Math.max(before.last().index(), handle.highest);
        note(outcome, handle, before.base().index() + 1, last);
        outcome.after.put(handle, before.asDropped());
        outcome.removals.add(new StagedBatch.Removal(handle, before.base().index() + 1, last, drop.freed(), true));
    }

    /** Gives a new log its name and its root. */
    private void bear(LogHandle handle, LogState before, Outcome outcome) {
        if (before.born()) {
            return;
        }
        highestNumber = Math.max(highestNumber, handle.number);
        outcome.put(Keys.name(handle.name), Values.numbers(Keys.name(handle.name), handle.number));
        outcome.put(Keys.root(handle.number), Values.root(handle.number, new Values.Root(handle.name, LogPoint.START)));
        outcome.put(Keys.HEADER, Values.header(highestNumber + 1));
    }

    /** Notes that entries up to here are still to be removed, so that a restart goes on with it. */
    private static void note(Outcome outcome, LogHandle handle, long from, long to) {
        var pending = Keys.pending(handle.number, to);
        outcome.put(pending, Values.numbers(pending, from));
    }
}
