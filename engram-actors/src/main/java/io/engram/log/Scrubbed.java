package io.engram.log;

import java.util.function.LongPredicate;

/** Something that is kept for logs elsewhere, and is read back to find damage when they are. */
@FunctionalInterface
public interface Scrubbed {
    /**
     * Reads everything back that is kept for a log. What is wrong with it is its owner's to say.
     *
     * @param pace is told of each so many bytes that were read, waits until that was slow enough, and says whether to go on
     */
    void readBack(String log, LongPredicate pace);
}
