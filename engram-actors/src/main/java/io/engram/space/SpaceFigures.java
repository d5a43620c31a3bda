package io.engram.space;

import io.engram.trace.TraceContext;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;

/**
 * Where the time of a node's requests goes, and how its spaces were opened. All are there from the start, so that a rate of
 * them says something about the first one as well. What is timed of a request that is traced is also a span of that trace,
 * named like the stage.
 */
public final class SpaceFigures {
    /** Bounds of what takes from a part of a millisecond to many seconds. They are the same on every node and for ever. */
    private static final Duration[] BOUNDS = {
        Duration.ofNanos(250_000),
        Duration.ofMillis(1),
        Duration.ofNanos(2_500_000),
        Duration.ofMillis(5),
        Duration.ofMillis(10),
        Duration.ofMillis(25),
        Duration.ofMillis(50),
        Duration.ofMillis(100),
        Duration.ofMillis(250),
        Duration.ofMillis(500),
        Duration.ofSeconds(1),
        Duration.ofMillis(2500),
        Duration.ofSeconds(5),
        Duration.ofSeconds(10)
    };

    /** What a request does or waits for. The forced write itself is the log's, which has its own figures. */
    public enum Stage {
        /** A write waits for the one before it: from its arrival at its space until it is taken into a batch. */
        QUEUE,
        /** A batch becomes durable: the log's queue and the forced write, in a cluster also the other nodes' answers. */
        COMMIT,
        /** Entries become durable on as many nodes as the level asks for, from being handed to their shard. */
        REPLICATE,
        /** A read waits for a thread. */
        READ_QUEUE,
        /** A cue gets the meaning of its text, and waits for the model. */
        EMBED,
        /** Memories are found and ranked by a cue. */
        RANK
    }

    private final MeterRegistry meters;
    private final Tracing tracing;
    private final DistributionSummary batches;
    private final Timer recoveries;
    private final Counter recovered;
    private final Counter notRecovered;
    private final Timer queue;
    private final Timer commit;
    private final Timer readQueue;
    private final Timer embed;
    private final Timer rank;

    SpaceFigures(MeterRegistry meters, Tracing tracing) {
        this.meters = meters;
        this.tracing = tracing;
        batches = DistributionSummary.builder("engram_space_batch_commands")
                .description("Commands of one space that shared a forced write")
                .serviceLevelObjectives(1, 2, 4, 8, 16, 32, 64, 128, 256, 512)
                .register(meters);
        recoveries = Timer.builder("engram_wal_recovery_duration_seconds")
                .description("Time in which a space was read from its snapshot and its log")
                .serviceLevelObjectives(BOUNDS)
                .register(meters);
        recovered = Counter.builder("engram_wal_recovery_successes_total")
                .description("Spaces that were read from their snapshot and their log")
                .register(meters);
        notRecovered = Counter.builder("engram_wal_recovery_failures_total")
                .description("Spaces that could not be read from their snapshot and their log")
                .register(meters);
        queue = stage(meters, Stage.QUEUE);
        commit = stage(meters, Stage.COMMIT);
        readQueue = stage(meters, Stage.READ_QUEUE);
        embed = stage(meters, Stage.EMBED);
        rank = stage(meters, Stage.RANK);
    }

    /** The timer of a stage. */
    public static Timer stage(MeterRegistry meters, Stage stage) {
        return Timer.builder("engram_stage_duration_seconds")
                .description("Time that requests spent in one stage, waiting or working")
                .tag("stage", stage.name().toLowerCase(Locale.ROOT))
                .serviceLevelObjectives(BOUNDS)
                .register(meters);
    }

    /** The time of a whole operation of a client, whatever its end. */
    static Timer operation(MeterRegistry meters, String operation) {
        return Timer.builder("engram_memory_operation_duration_seconds")
                .description("From the call to the answer, whatever it was")
                .tag("operation", operation)
                .serviceLevelObjectives(BOUNDS)
                .register(meters);
    }

    MeterRegistry meters() {
        return meters;
    }

    Tracing tracing() {
        return tracing;
    }

    void opened(long begunNanos) {
        since(recoveries, begunNanos);
        recovered.increment();
    }

    void notOpened() {
        notRecovered.increment();
    }

    /** A request waited until its space was open. */
    void awaitedOpening(TraceContext trace, long begunNanos) {
        tracing.stage(trace, "open", begunNanos);
    }

    void taken(TraceContext trace, long arrivedNanos) {
        since(queue, arrivedNanos);
        tracing.stage(trace, "queue", arrivedNanos);
    }

    void committed(int commands, long begunNanos) {
        batches.record(commands);
        since(commit, begunNanos);
    }

    void readBegins(TraceContext trace, long askedNanos) {
        since(readQueue, askedNanos);
        tracing.stage(trace, "read_queue", askedNanos);
    }

    void embedded(TraceContext trace, long begunNanos) {
        since(embed, begunNanos);
        tracing.stage(trace, "embed", begunNanos);
    }

    void ranked(TraceContext trace, long begunNanos) {
        since(rank, begunNanos);
        tracing.stage(trace, "rank", begunNanos);
    }

    private static void since(Timer timer, long begunNanos) {
        timer.record(Duration.ofNanos(System.nanoTime() - begunNanos));
    }
}
