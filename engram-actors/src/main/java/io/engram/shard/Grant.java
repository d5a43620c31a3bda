package io.engram.shard;

import io.engram.replication.LogName;
import java.util.Optional;

/**
 * What may be shown of a space.
 *
 * @param log the space's log; empty if there is no such space
 * @param index up to where it is committed, at least what was acknowledged before the question
 * @param reign of this node under which it was granted, see {@link ShardHost#lead}
 */
public record Grant(Optional<LogName> log, long index, long reign) {}
