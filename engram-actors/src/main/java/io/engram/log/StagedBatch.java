package io.engram.log;

import io.engram.log.format.Values;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/** What goes into one forced write, and who waits for it. Filled under the writer's lock, then the writer's alone. */
final class StagedBatch implements AutoCloseable {
    /**
     * Somebody who waits.
     *
     * @param pinned the handles that are given back with the answer
     * @param answer completes the result; runs on the writer's thread
     */
    record Waiting(List<LogHandle> pinned, int records, long bytes, CompletableFuture<?> result, Runnable answer) {}

    /** Entries that are gone with this batch, and whose space is to be freed after it. */
    record Removal(LogHandle handle, long from, long to, CompletableFuture<Void> freed, boolean dropped) {}

    /** A log that is mended with this batch, in whole or in part: what was lost of it before and after. */
    record Heal(LogHandle handle, List<Values.Lost> before, List<Values.Lost> after) {
        /** The batch has been forced. */
        void apply(Quarantines quarantines) {
            quarantines.heal(handle.name, before, after);
            // From now on the account of what is lost says it all.
            handle.mended();
        }
    }

    final List<Heal> heals = new ArrayList<>();
    final OrderedStore.Batch changes;
    final List<Waiting> waiting = new ArrayList<>();
    final List<Removal> removals = new ArrayList<>();
    private final Map<LogHandle, LogState> after = new LinkedHashMap<>();
    int records;
    long bytes;
    /** Whether it makes the disk fuller for good. */
    boolean grows;

    StagedBatch(OrderedStore.Batch changes) {
        this.changes = changes;
    }

    boolean hasRoomFor(int moreRecords, long moreBytes, LogStoreSettings settings) {
        return waiting.isEmpty()
                || (records + moreRecords <= settings.maxBatchRecords()
                        && bytes + moreBytes <= settings.maxBatchBytes()
                        && waiting.size() < settings.maxBatchRecords());
    }

    void touched(LogHandle handle, LogState state) {
        after.put(handle, state);
    }

    void addWaiting(Waiting who) {
        waiting.add(who);
        records += who.records();
        bytes += who.bytes();
    }

    boolean isEmpty() {
        return changes.size() == 0;
    }

    Map<LogHandle, LogState> after() {
        return after;
    }

    /** What the commit note says of this batch. */
    List<Values.Touched> touched() {
        return after.entrySet().stream()
                .map(e -> new Values.Touched(
                        e.getKey().number,
                        e.getValue().dropped()
                                ? Values.Touched.DROPPED
                                : e.getValue().last().index()))
                .toList();
    }

    @Override
    public void close() {
        changes.close();
    }
}
