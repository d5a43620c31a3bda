package io.engram.replication;

/** Takes what a part of a shard wants done. */
@FunctionalInterface
interface Outbox {
    void put(Output output);
}
