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

    Preparation(OrderedStore store, LogDirectory directory) {
        this.store = store;
        this.directory = directory;
    }

    /**
     * Empty if there is nothing to do.
     *
     * @param freed completes when the space of what is dropped is free
     * @param pinned takes the handles that are pinned, also where this throws
     */
    Optional<LogStaging.Prepared> of(LogChange change, CompletableFuture<Void> freed, List<LogHandle> pinned) {
        return switch (change) {
            case LogChange.Append c -> {
                var handle = pinOrNumber(c.log(), pinned);
                var drafts = new ArrayList<byte[]>(c.entries().size());
                var index = c.first();
                for (var entry : c.entries()) {
                    drafts.add(EntryCodec.draft(handle.number, index++, c.epoch(), entry.bytes()));
                }
                yield Optional.of(new LogStaging.Prepared.Append(handle, c, drafts));
            }
            case LogChange.TruncateAfter c -> pin(c.log(), pinned).map(handle -> truncation(handle, c.index(), false));
            case LogChange.TruncateTo c -> pin(c.log(), pinned).map(handle -> truncation(handle, c.index(), true));
            case LogChange.PutMeta c ->
                Optional.of(new LogStaging.Prepared.PutMeta(pinOrNumber(c.log(), pinned), c.meta()));
            case LogChange.PutCell c ->
                Optional.of(new LogStaging.Prepared.Cell(pinOrNumber(c.log(), pinned), c.cell(), c.value()));
            case LogChange.RemoveCell c ->
                pin(c.log(), pinned).map(handle -> new LogStaging.Prepared.Cell(handle, c.cell(), null));
            case LogChange.Drop c ->
                directory.pinEvenDamaged(c.log()).map(handle -> {
                    pinned.add(handle);
                    return new LogStaging.Prepared.Drop(handle, freed);
                });
        };
    }

    private LogHandle pinOrNumber(String log, List<LogHandle> pinned) {
        var handle = directory.pinOrNumber(log);
        pinned.add(handle);
        return handle;
    }

    private Optional<LogHandle> pin(String log, List<LogHandle> pinned) {
        var handle = directory.pin(log);
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
