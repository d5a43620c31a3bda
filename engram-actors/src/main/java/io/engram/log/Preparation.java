package io.engram.log;

import io.engram.log.format.EntryCodec;
import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** Does on the callers' threads what a change needs and no lock is needed for: pins its log, encodes, reads. */
final class Preparation {
    private final OrderedStore store;
    private final LogDirectory directory;
    private final Quarantines quarantines;

    Preparation(OrderedStore store, LogDirectory directory, Quarantines quarantines) {
        this.store = store;
        this.directory = directory;
        this.quarantines = quarantines;
    }

    /**
     * Empty if there is nothing to do.
     *
     * @param evenDamaged whether the log may be one that is damaged
     * @param freed completes when the space of what is dropped is free
     * @param pinned takes the handles that are pinned, also where this throws
     */
    Optional<LogStaging.Prepared> of(
            LogChange change, boolean evenDamaged, CompletableFuture<Void> freed, List<LogHandle> pinned) {
        return switch (change) {
            case LogChange.Append c -> {
                var handle = pinOrNumber(c.log(), evenDamaged, pinned);
                var drafts = new ArrayList<byte[]>(c.entries().size());
                var index = c.first();
                for (var entry : c.entries()) {
                    drafts.add(EntryCodec.draft(handle.number, index++, c.epoch(), entry.bytes()));
                }
                yield Optional.of(new LogStaging.Prepared.Append(handle, c, drafts));
            }
            case LogChange.TruncateAfter c ->
                pin(c.log(), evenDamaged, pinned).map(handle -> truncation(handle, c.index(), false));
            case LogChange.TruncateTo c ->
                pin(c.log(), evenDamaged, pinned).map(handle -> truncation(handle, c.index(), true));
            case LogChange.BeginAt c ->
                Optional.of(new LogStaging.Prepared.BeginAt(pinOrNumber(c.log(), evenDamaged, pinned), c.point()));
            case LogChange.Mend c -> {
                var handle = pin(c.log(), evenDamaged, pinned);
                if (handle.isEmpty()) {
                    throw new StaleWriterException("there is no log '%s' to mend".formatted(c.log()));
                }
                yield Optional.of(LogMend.prepare(store, handle.get(), c, quarantines.lost(handle.get())));
            }
            case LogChange.PutMeta c ->
                Optional.of(new LogStaging.Prepared.PutMeta(pinOrNumber(c.log(), evenDamaged, pinned), c.meta()));
            case LogChange.PutCell c ->
                Optional.of(
                        new LogStaging.Prepared.Cell(pinOrNumber(c.log(), evenDamaged, pinned), c.cell(), c.value()));
            case LogChange.RemoveCell c ->
                pin(c.log(), evenDamaged, pinned).map(handle -> new LogStaging.Prepared.Cell(handle, c.cell(), null));
            case LogChange.Drop c ->
                pin(c.log(), evenDamaged, pinned).map(handle -> new LogStaging.Prepared.Drop(handle, freed));
        };
    }

    private LogHandle pinOrNumber(String log, boolean evenDamaged, List<LogHandle> pinned) {
        var handle = evenDamaged ? directory.pinEvenDamagedOrNumber(log) : directory.pinOrNumber(log);
        pinned.add(handle);
        return handle;
    }

    private Optional<LogHandle> pin(String log, boolean evenDamaged, List<LogHandle> pinned) {
        var handle = evenDamaged ? directory.pinEvenDamaged(log) : directory.pin(log);
        handle.ifPresent(pinned::add);
        return handle;
    }

    private LogStaging.Prepared truncation(LogHandle handle, long index, boolean prefix) {
        var state = handle.published();
        if (!prefix && (index < state.base().index() || index > state.last().index())) {
            throw new StaleWriterException("log '%s' cannot be cut at index %d: its durable entries are from %d to %d"
                    .formatted(
                            handle.name,
                            index,
                            state.base().index() + 1,
                            state.last().index()));
        }
        LogPoint at;
        if (index >= state.last().index()) {
            at = state.last();
        } else if (index <= state.base().index()) {
            at = state.base();
        } else {
            var entry = EntryScan.entry(store, handle, index);
            at = entry == null ? handle.published().base() : entry.point();
        }
        return new LogStaging.Prepared.Truncate(handle, at, prefix, state.cuts());
    }
}
