package io.engram.replication;

import io.engram.log.format.LogPoint;

/**
 * What a log has to be in a new epoch.
 *
 * @param point where it has to end
 * @param source who has it up to there
 */
public record Target(LogName log, LogPoint point, ReplicaId source) {
    @Override
    public String toString() {
        return "%s:%d of %s".formatted(log, point.index(), source);
    }
}
