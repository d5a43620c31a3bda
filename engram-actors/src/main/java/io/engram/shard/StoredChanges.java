package io.engram.shard;

import io.engram.log.LogChange;
import io.engram.log.format.LogPoint;
import io.engram.replication.Change;
import io.engram.replication.LogEntry;
import io.engram.replication.LogName;
import io.engram.replication.ShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** What the log store has to do for the changes of a shard, in one forced write. */
public final class StoredChanges {
    private StoredChanges() {}

    /** @param changes of one forced write; at least one, and so is what comes of them */
    public static List<LogChange> of(ShardId shard, List<Change> changes) {
        var stored = new ArrayList<LogChange>(changes.size());
        for (var change : changes) {
            switch (change) {
                case Change.Append c -> append(c.log().stored(shard), c.before(), c.entries(), stored);
                case Change.CutAfter c ->
                    stored.add(new LogChange.TruncateAfter(
                            c.log().stored(shard), c.point().index()));
                case Change.CutTo c ->
                    stored.add(new LogChange.TruncateTo(
                            c.log().stored(shard), c.point().index()));
                case Change.BeginAt c ->
                    stored.add(new LogChange.BeginAt(c.log().stored(shard), c.point()));
                case Change.Mend c ->
                    stored.add(new LogChange.Mend(
                            c.log().stored(shard),
                            c.entries().stream().map(StoredChanges::whole).toList()));
                case Change.Drop c -> stored.add(new LogChange.Drop(c.log().stored(shard)));
                case Change.PutState c ->
                    stored.add(new LogChange.PutCell(
                            LogName.storedState(shard),
                            StoredShard.STATE_CELL,
                            c.state().toBytes()));
            }
        }
        return stored;
    }

    private static LogChange.Whole whole(LogEntry entry) {
        return new LogChange.Whole(entry.index(), entry.epoch(), entry.timeMicros(), entry.content(), entry.checksum());
    }

    /** One append for each run of entries of the same epoch, each behind the checksum of what must be there before. */
    private static void append(String log, LogPoint before, List<LogEntry> entries, List<LogChange> to) {
        var start = 0;
        var point = before;
        while (start < entries.size()) {
            var epoch = entries.get(start).epoch();
            var end = start;
            while (end < entries.size() && entries.get(end).epoch() == epoch) {
                end++;
            }
            var run = entries.subList(start, end);
            to.add(new LogChange.Append(
                    log,
                    epoch,
                    point.index() + 1,
                    OptionalLong.of(point.checksum()),
                    run.stream()
                            .map(entry -> new LogChange.Content(entry.content(), entry.timeMicros()))
                            .toList()));
            point = run.getLast().point();
            start = end;
        }
    }
}
