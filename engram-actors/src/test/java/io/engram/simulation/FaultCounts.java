package io.engram.simulation;

import java.util.Map;
import java.util.TreeMap;

/**
 * How often each kind of fault happened. Not how often it was asked for: a message that is dropped on a link that is cut
 * anyway counts once, and a kill of a dead process not at all. A fault that is never seen here is not tested.
 */
public final class FaultCounts {
    public static final String DROPPED = "message dropped";
    public static final String DUPLICATED = "message duplicated";
    public static final String SLOW = "message much delayed";
    public static final String OVERTAKEN = "message overtaken by a later one";
    public static final String CUT = "message lost on a cut link";
    public static final String NOBODY = "message to a dead process";
    public static final String LINK_CUT = "link cut, one direction";
    public static final String KILLED = "process killed";
    public static final String FROZEN = "process frozen";
    public static final String SUSPENDED = "process frozen with its clock";
    public static final String CLOCK_JUMP = "wall clock jumped";
    public static final String CLOCK_RATE = "clock rate changed";
    public static final String FORGOTTEN = "write forgotten by a disk";
    public static final String WIPED = "disk wiped";
    public static final String FORCE_FAILED = "force failed";

    private final TreeMap<String, Long> counts = new TreeMap<>();

    public void add(String fault) {
        counts.merge(fault, 1L, Long::sum);
    }

    public void addAll(FaultCounts others) {
        others.counts.forEach((fault, count) -> counts.merge(fault, count, Long::sum));
    }

    public long of(String fault) {
        return counts.getOrDefault(fault, 0L);
    }

    public Map<String, Long> all() {
        return Map.copyOf(counts);
    }

    /** One line for each, by name. */
    @Override
    public String toString() {
        var text = new StringBuilder();
        counts.forEach((fault, count) -> text.append("%,12d  %s%n".formatted(count, fault)));
        return text.toString();
    }
}
