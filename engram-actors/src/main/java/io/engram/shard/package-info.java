/**
 * The protocol of the replicated logs at work: a node's shards on its log store, on threads, with a clock and a way to the other
 * nodes. Knows no actors.
 */
@NullMarked
package io.engram.shard;

import org.jspecify.annotations.NullMarked;
