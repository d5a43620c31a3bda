package io.engram.simulation;

import java.util.PriorityQueue;

/**
 * Time that passes only from one event to the next. It starts at 0 and counts microseconds. What is due at the same moment
 * happens in the order in which it was asked for.
 */
public final class VirtualTime {
    /** Something that will happen, unless it is cancelled. */
    public static final class Event implements Comparable<Event> {
        private final long atMicros;
        private final long sequence;
        private final Runnable action;
        private boolean cancelled;

        private Event(long atMicros, long sequence, Runnable action) {
            this.atMicros = atMicros;
            this.sequence = sequence;
            this.action = action;
        }

        /** Without effect on what already happened. */
        public void cancel() {
            cancelled = true;
        }

        @Override
        public int compareTo(Event other) {
            var byTime = Long.compare(atMicros, other.atMicros);
            return byTime != 0 ? byTime : Long.compare(sequence, other.sequence);
        }
    }

    private final PriorityQueue<Event> events = new PriorityQueue<>();
    private long nowMicros;
    private long sequence;
    private long steps;

    public long nowMicros() {
        return nowMicros;
    }

    /** How many events have happened. */
    public long steps() {
        return steps;
    }

    /** Lets something happen later; with a delay of 0, after everything that is already due now. */
    public Event after(long delayMicros, Runnable action) {
        if (delayMicros < 0) {
            throw new IllegalArgumentException("a delay of " + delayMicros + " us");
        }
        var event = new Event(nowMicros + delayMicros, sequence++, action);
        events.add(event);
        return event;
    }

    /** When the next event is due; {@link Long#MAX_VALUE} if nothing will ever happen. */
    public long nextMicros() {
        while (!events.isEmpty() && events.element().cancelled) {
            events.remove();
        }
        return events.isEmpty() ? Long.MAX_VALUE : events.element().atMicros;
    }

    /** Lets the next event happen. Whether there was one. */
    public boolean step() {
        if (nextMicros() == Long.MAX_VALUE) {
            return false;
        }
        var event = events.remove();
        nowMicros = event.atMicros;
        steps++;
        event.action.run();
        return true;
    }

    /** Lets everything happen that is due up to a moment, which is then now. */
    public void runUntil(long micros) {
        while (nextMicros() <= micros) {
            step();
        }
        nowMicros = Math.max(nowMicros, micros);
    }
}
