package io.engram.simulation;

import java.util.function.Consumer;

/**
 * Runs a simulation with many seeds. The first one that fails ends it: it is run once more with its trace kept, and the
 * failure says the seed, the last lines of the trace, and the command that does it again.
 *
 * <p>System properties:
 *
 * <ul>
 *   <li>{@code engram.simulation.seed}: run this seed only, with its trace
 *   <li>{@code engram.simulation.runs}: how many seeds instead of the test's own number
 *   <li>{@code engram.simulation.from}: the first seed instead of 1
 * </ul>
 */
public final class Schedules {
    public static final String SEED = "engram.simulation.seed";
    public static final String RUNS = "engram.simulation.runs";
    public static final String FROM = "engram.simulation.from";

    private final String module;
    private final Class<?> test;
    private final String method;

    private Schedules(String module, Class<?> test, String method) {
        this.module = module;
        this.test = test;
        this.method = method;
    }

    /** For a test method, by whose name a failure is replayed. */
    public static Schedules of(String module, Class<?> test, String method) {
        return new Schedules(module, test, method);
    }

    /**
     * Runs them.
     *
     * @param runs how many, unless a property says otherwise
     * @param schedule one run; it throws if something is wrong
     * @return what happened in all of them
     * @throws AssertionError at the first that fails
     */
    public <M> FaultCounts run(int runs, Consumer<Simulation<M>> schedule) {
        var all = new FaultCounts();
        var only = Long.getLong(SEED);
        if (only != null) {
            all.addAll(one(only, true, schedule));
            return all;
        }
        var from = Long.getLong(FROM, 1);
        var count = Integer.getInteger(RUNS, runs);
        for (var seed = from; seed < from + count; seed++) {
            all.addAll(one(seed, false, schedule));
        }
        return all;
    }

    private <M> FaultCounts one(long seed, boolean traced, Consumer<Simulation<M>> schedule) {
        var simulation = new Simulation<M>(seed, traced);
        try {
            schedule.accept(simulation);
            return simulation.faults();
        } catch (RuntimeException | Error failure) {
            if (!traced) {
                // Throws as well, and says more.
                one(seed, true, schedule);
                throw new AssertionError(
                        "Seed %d failed, but not when it was run again: something in it is not deterministic."
                                .formatted(seed),
                        failure);
            }
            throw new AssertionError(describe(simulation, failure), failure);
        }
    }

    private String describe(Simulation<?> simulation, Throwable failure) {
        return """
            %s
            Seed %d failed after %,d steps, at %,d us of its time. To run it again:
              mvn -pl %s -am test -Dtest=%s#%s -Dsurefire.failIfNoSpecifiedTests=false -D%s=%d
            Faults so far:
            %sThe last that happened:
            %s
            """.formatted(
                        failure.getMessage(),
                        simulation.seed(),
                        simulation.time().steps(),
                        simulation.time().nowMicros(),
                        module,
                        test.getSimpleName(),
                        method,
                        SEED,
                        simulation.seed(),
                        simulation.faults(),
                        String.join("\n", simulation.lines()));
    }
}
