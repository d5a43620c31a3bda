/**
 * The replicated logs of a shard: who may append, what counts as stored, and how one configuration of replicas follows
 * another without losing what was acknowledged. docs/replication.md tells the whole; the safety decisions are all in
 * {@link io.engram.replication.Rules}.
 *
 * <p>A state machine without thread, socket, clock or disk. Messages, finished forced writes and the time go in; messages,
 * forced writes and answers come out. The same classes run in a node and in the simulator. Times are microseconds of a
 * local clock that never runs backwards and does not stop while the machine sleeps; its zero means nothing.
 *
 * <p>Where to begin: {@link io.engram.replication.Shard} puts the two roles of a node together,
 * {@link io.engram.replication.ShardReplica} keeps a copy, {@link io.engram.replication.ShardPrimary} leads one epoch.
 */
@NullMarked
package io.engram.replication;

import org.jspecify.annotations.NullMarked;
