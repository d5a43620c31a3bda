package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.NavigableMap;

/**
 * What a member of the last active configuration has.
 *
 * @param adopted the epoch whose start it holds in full
 * @param whole whether nothing of it is damaged
 * @param tails of all logs that its directory names, the directory's included
 */
record SealAnswer(ReplicaId from, long adopted, boolean whole, NavigableMap<LogName, LogPoint> tails) {
    LogPoint tail(LogName log) {
        return tails.getOrDefault(log, LogPoint.START);
    }
}
