package io.engram.health;

import java.time.Duration;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;

/**
 * How far a node's start is. Told by whoever reads, step after step, and asked by health, figures and doors. The steps of one start
 * follow each other on any threads; everybody may ask at any time.
 */
public final class Recovery {
    /** What is being done. A step may come more than once, where damage that was met has to be looked for everywhere. */
    public enum Step {
        /** Nothing has begun yet. */
        BEGIN("beginning", ""),
        /** The log's files are read and checked; the only step that takes long where a log is large. */
        CHECK("checking its log", "bytes"),
        /** The database replays what it had not sorted yet; it does not tell how far it is. */
        OPEN("opening its log", ""),
        /** What spaces there are is read from the log. */
        SPACES("reading which spaces there are", ""),
        /** The others are looked for. How long that takes is not the node's to know. */
        JOIN("joining its cluster", "nodes");

        private final String doing;
        private final String unit;

        Step(String doing, String unit) {
            this.doing = doing;
            this.unit = unit;
        }

        /** The lower-case name that clients read. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How far it is.
     *
     * @param step what is being done, or was done last
     * @param isOver whether the start is over
     * @param unit of {@code done} and {@code total}: {@code bytes}, {@code nodes}, or nothing where the step has no figures
     * @param done how much of this step is done, 0 where it has no figures
     * @param total how much there is to do in this step; empty where nobody knows
     * @param took how long all steps have taken by now, or took
     */
    public record State(Step step, boolean isOver, String unit, long done, OptionalLong total, Duration took) {
        /** The part of this step that is done, 0 to 1; empty where that cannot be told. */
        public Optional<Double> share() {
            return unit.equals("bytes") && total.isPresent() && total.getAsLong() > 0
                    ? Optional.of(Math.min(1.0, (double) done / total.getAsLong()))
                    : Optional.empty();
        }

        /** In words, such as {@code checking its log: 12 of 60 MiB (20 %), 3.2 s since the start}. */
        public String text() {
            var seconds = String.format(Locale.ROOT, "%.1f s", took.toMillis() / 1e3);
            if (isOver) {
                return "its log was read, and the node was ready, after " + seconds;
            }
            return step.doing + figures() + ", " + seconds + " since the start";
        }

        private String figures() {
            if (total.isEmpty()) {
                return "";
            }
            return unit.equals("bytes")
                    ? String.format(
                            Locale.ROOT,
                            ": %d of %d MiB (%.0f %%)",
                            done >> 20,
                            total.getAsLong() >> 20,
                            share().orElse(1.0) * 100)
                    : ": %d of %d %s are in sight".formatted(done, total.getAsLong(), unit);
        }
    }

    private record Current(Step step, LongSupplier done, Optional<LongSupplier> total) {}

    private final LongSupplier nanoTime;
    private final long begunNanos;
    private volatile LongAdder read = new LongAdder();
    private volatile Current current = new Current(Step.BEGIN, () -> 0, Optional.empty());
    /** When it was over; 0 until then. */
    private volatile OptionalLong overNanos = OptionalLong.empty();

    /** A start that begins now. */
    public Recovery() {
        this(System::nanoTime);
    }

    Recovery(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.begunNanos = nanoTime.getAsLong();
    }

    /** One that is over, for whoever has nothing to read. */
    public static Recovery none() {
        var over = new Recovery();
        over.finish();
        return over;
    }

    /** The next step begins, of which nobody knows how long it is. */
    public void begin(Step step) {
        current = new Current(step, () -> 0, Optional.empty());
    }

    /** The next step begins; {@link #advance} tells how far it is. */
    public void begin(Step step, long total) {
        var counter = new LongAdder();
        read = counter;
        current = new Current(step, counter::sum, Optional.of(() -> total));
    }

    /** The next step begins; it is looked up how far it is. Both are asked by any thread and must be quick. */
    public void begin(Step step, LongSupplier done, LongSupplier total) {
        current = new Current(step, done, Optional.of(total));
    }

    /** So much more of the step is done that began with a total. */
    public void advance(long amount) {
        read.add(amount);
    }

    /** The node is ready. What is told later counts no more. */
    public synchronized void finish() {
        if (overNanos.isEmpty()) {
            overNanos = OptionalLong.of(nanoTime.getAsLong());
        }
    }

    public boolean isOver() {
        return overNanos.isPresent();
    }

    public State state() {
        var over = overNanos;
        var now = current;
        var took = Duration.ofNanos(over.orElseGet(nanoTime) - begunNanos);
        return new State(
                now.step(),
                over.isPresent(),
                now.total().isPresent() ? now.step().unit : "",
                now.done().getAsLong(),
                now.total().map(each -> OptionalLong.of(each.getAsLong())).orElse(OptionalLong.empty()),
                took);
    }

    /** A check that is unhealthy until the node is ready. */
    public HealthCheck health() {
        return HealthCheck.of("recovery", "recovery", () -> {
            var state = state();
            return state.isOver()
                    ? HealthCheck.Result.healthy(state.text())
                    : HealthCheck.Result.unhealthy(state.text());
        });
    }
}
