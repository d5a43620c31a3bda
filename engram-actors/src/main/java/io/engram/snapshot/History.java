package io.engram.snapshot;

import java.util.OptionalLong;

/** When the entries of a log were written, by their own account. May block on the disk. */
public interface History {
    /** Of the newest entry, in microseconds since 1970; empty if no entry is there. */
    OptionalLong newestTimeMicros(String log);

    /**
     * The first entry that is still there and was written at that time or later; the last index plus one if all were
     * written before. Times do not run backwards within a log, so it can be found by halving.
     */
    long firstIndexAtOrAfter(String log, long timeMicros);
}
