package io.engram.log;

import io.engram.log.format.LogPoint;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/** Reads logs whether or not they are quarantined. What is damaged in them is told to whoever keeps account of it. */
final class DamagedReads implements LogReads {
    private final OrderedStore store;
    private final LogDirectory directory;
    private final Consumer<LogDamagedException> onDamage;

    DamagedReads(OrderedStore store, LogDirectory directory, Consumer<LogDamagedException> onDamage) {
        this.store = store;
        this.directory = directory;
        this.onDamage = onDamage;
    }

    @Override
    public LogPoint base(String log) {
        return reading(log, LogPoint.START, handle -> handle.published().base());
    }

    @Override
    public LogPoint end(String log) {
        return reading(log, LogPoint.START, handle -> handle.published().last());
    }

    @Override
    public Optional<LogPoint> point(String log, long index) {
        return reading(log, LogPoints.atStart(index), handle -> LogPoints.at(store, handle, index));
    }

    @Override
    public long read(String log, long from, long to, long max, EntryConsumer consumer) {
        return reading(
                log, Math.max(1, from), handle -> EntryScan.readPastDamage(store, handle, from, to, max, consumer));
    }

    private <T> T reading(String log, T absent, Function<LogHandle, T> action) {
        LevelLogStore.checkName(log);
        try {
            var handle = directory.pinEvenDamaged(log);
            if (handle.isEmpty()) {
                return absent;
            }
            try {
                // What kept it from being loaded is damage, whether or not this read meets it.
                handle.get().damage().ifPresent(onDamage);
                return action.apply(handle.get());
            } finally {
                directory.unpin(handle.get());
            }
        } catch (LogDamagedException e) {
            onDamage.accept(e);
            throw e;
        }
    }
}
