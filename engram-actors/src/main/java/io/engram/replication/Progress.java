package io.engram.replication;

/**
 * How far a replica has come with a log.
 *
 * @param log of a space
 * @param replica not the primary
 * @param last index of the primary's last entry
 * @param confirmed up to where the replica has it on its disk; 0 while it has not adopted the epoch
 * @param adopted whether it has
 */
public record Progress(LogName log, ReplicaId replica, long last, long confirmed, boolean adopted) {}
