package io.engram.log;

import io.engram.log.format.Entry;

/** Takes the entries of a log in the order of their index. */
@FunctionalInterface
public interface EntryConsumer {
    /** Takes one entry and returns whether to go on. */
    boolean accept(Entry entry);
}
