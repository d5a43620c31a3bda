package io.engram.space;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The spaces as far as the names of their logs tell them. A log's name has the space's id and its incarnation; when it was
 * made is not told by it, but not later than the first entry that is still there, nor than the logs that were made after it.
 */
final class SpacesByLogs {
    private SpacesByLogs() {}

    /** A record for each log of a space, by incarnation. Names that are none of a space's log are passed over. */
    static List<SpaceRecord> all(Collection<SpaceLogs.Kept> logs) {
        record Named(SpaceId id, long incarnation, Optional<Instant> since) {}
        var named = new ArrayList<Named>();
        for (var log : logs) {
            SpaceRecord.ofLog(log.log(), Instant.EPOCH)
                    .ifPresent(space -> named.add(new Named(space.id(), space.incarnation(), log.since())));
        }
        named.sort(Comparator.comparingLong(Named::incarnation).reversed());
        var records = new ArrayList<SpaceRecord>();
        var latest = Instant.MAX;
        for (var each : named) {
            var since = each.since().orElse(Instant.MAX);
            latest = since.isBefore(latest) ? since : latest;
            records.add(new SpaceRecord(
                    each.id(), each.incarnation(), latest.equals(Instant.MAX) ? Instant.EPOCH : latest));
        }
        return records.reversed();
    }

    /** Of several logs of a space only the newest is its own: the others were deleted before that was made. */
    static Map<SpaceId, SpaceRecord> newest(Collection<SpaceLogs.Kept> logs) {
        var newest = new TreeMap<SpaceId, SpaceRecord>();
        all(logs).forEach(space -> newest.put(space.id(), space));
        return newest;
    }
}
