package io.engram.cluster;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.LongAdder;

/** How many requests this node took to where they belong, itself included, and how often it had to try again. */
final class RouterCounts {
    /** What a request wants. */
    enum Operation {
        /** A change, at the node that leads the space. */
        WRITE_PRIMARY,
        /** A read, at the node that leads the space. */
        READ_PRIMARY,
        /** A question to every node that leads a space. */
        READ_SCATTER
    }

    private final Map<Operation, LongAdder> requests = adders();
    private final Map<Operation, LongAdder> retries = adders();

    private static Map<Operation, LongAdder> adders() {
        var all = new EnumMap<Operation, LongAdder>(Operation.class);
        for (var operation : Operation.values()) {
            all.put(operation, new LongAdder());
        }
        return Map.copyOf(all);
    }

    void requested(Operation operation) {
        of(requests, operation).increment();
    }

    void triedAgain(Operation operation) {
        of(retries, operation).increment();
    }

    private static LongAdder of(Map<Operation, LongAdder> counts, Operation operation) {
        return Objects.requireNonNull(counts.get(operation));
    }

    ClusterView.Router view() {
        return new ClusterView.Router(sum(requests), sum(retries));
    }

    private static long sum(Map<Operation, LongAdder> counts) {
        return counts.values().stream().mapToLong(LongAdder::sum).sum();
    }

    void register(MeterRegistry meters) {
        for (var operation : Operation.values()) {
            register(meters, "requests", "Requests that were taken to where they belong", requests, operation);
            register(meters, "retries", "Tries after the first", retries, operation);
        }
    }

    private static void register(
            MeterRegistry meters,
            String name,
            String description,
            Map<Operation, LongAdder> counts,
            Operation operation) {
        FunctionCounter.builder("engram.router." + name, of(counts, operation), LongAdder::sum)
                .description(description)
                .tag("operation", operation.name().toLowerCase(Locale.ROOT))
                .register(meters);
    }
}
