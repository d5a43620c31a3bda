package io.engram.replication.planted;

import io.engram.log.LogStore;

/** Breaks a rule, to prove that it can be broken. */
final class ProtocolThatKnowsTheStore {
    long size(LogStore store) {
        return store.sizeOnDisk();
    }
}
