package io.engram.replication;

import io.engram.log.format.Checksums;
import io.engram.log.format.LogPoint;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.SortedMap;

/** Where a log ends. */
public record LogTail(LogName log, LogPoint point) {
    /** What one counts for in a message, besides the space's name. */
    static final int OVERHEAD_BYTES = 64;

    /**
     * One number for a whole shard: two copies hold the same logs with the same ends if and (but for chance, 2<sup>-64</sup>)
     * only if they have the same.
     */
    static long digest(SortedMap<LogName, LogPoint> tails) {
        var sum = Checksums.OF_NOTHING;
        for (Map.Entry<LogName, LogPoint> tail : tails.entrySet()) {
            var name = tail.getKey();
            var utf8 = name.space().getBytes(StandardCharsets.UTF_8);
            var digest = Checksums.digest(name.created(), tail.getValue().index(), utf8);
            sum = Checksums.next(sum, digest, tail.getValue().checksum());
        }
        return sum;
    }

    long bytes() {
        return log.space().length() + OVERHEAD_BYTES;
    }

    @Override
    public String toString() {
        return log + ":" + point.index();
    }
}
