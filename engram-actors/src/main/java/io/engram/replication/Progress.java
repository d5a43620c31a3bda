package io.engram.replication;

import java.util.OptionalLong;

/**
 * How far a replica has come with a log.
 *
 * @param log of a space
 * @param replica not the primary
 * @param last index of the primary's last entry
 * @param confirmed up to where the replica has it on its disk; 0 while it has not adopted the epoch
 * @param adopted whether it has
 * @param missingBytes of content of the entries that it lacks; empty if the first of them is not in the primary's memory any more
 * @param missingSinceMicros the time of the first entry that it lacks; empty if it lacks none, or that is not in memory
 * @param heardAtMicros when it last answered in this epoch, by the clock of the node that leads; 0 if it never did
 */
public record Progress(
        LogName log,
        ReplicaId replica,
        long last,
        long confirmed,
        boolean adopted,
        OptionalLong missingBytes,
        OptionalLong missingSinceMicros,
        long heardAtMicros) {}
