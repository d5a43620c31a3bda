package io.engram.replication;

import io.engram.simulation.SeededRandom;
import io.engram.simulation.VirtualTime;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Does one thing after another, each until it is answered for good: what is unknown or refused is asked again under its key. */
final class SimClient {
    /** What is asked of a shard. */
    sealed interface Operation {
        String space();

        /** How long the primary may take before it says that it does not know. */
        long patienceMicros();
    }

    /** @param keys one entry for each */
    record Append(String space, List<String> keys, Level level, long patienceMicros) implements Operation {}

    record Create(String space, long patienceMicros) implements Operation {}

    record Delete(String space, long patienceMicros) implements Operation {}

    record Read(String space, boolean strict, long patienceMicros) implements Operation {}

    static final String RETRIED = "request asked again";
    static final String UNKNOWN = "request answered as unknown";

    private final ReplicationSimulation world;
    private final String name;
    private final SeededRandom random;
    private final double stickiness;
    private Optional<SimNode> last = Optional.empty();
    private long sequence;
    private long attempt;
    private @Nullable Operation current;
    private @Nullable ShardId shard;
    private Judge.@Nullable Before before;
    private VirtualTime.@Nullable Event timeout;

    SimClient(ReplicationSimulation world, String name) {
        this.world = world;
        this.name = name;
        random = world.simulation.random().split();
        stickiness = random.pick(List.of(0.0, 0.5, 0.95));
    }

    boolean isIdle() {
        return current == null;
    }

    @Override
    public String toString() {
        return name + " with " + current;
    }

    /** Begins the next thing after a while. */
    void rest() {
        world.simulation.time().after(random.between(1_000, 60_000), () -> {
            if (!world.isQuiet()) {
                begin();
            }
        });
    }

    private void begin() {
        var chosen = random.pick(world.shards());
        var space = "s" + random.nextInt(world.spaces());
        var patience = random.chance(0.2) ? random.between(1_000, 20_000) : 400_000;
        var dice = random.nextInt(100);
        Operation operation;
        if (dice < 55) {
            var level = random.chance(0.1) ? Level.PRIMARY : random.chance(0.1) ? Level.ALL : Level.QUORUM;
            var number = ++sequence;
            var count = random.chance(0.3) ? random.nextInt(6) + 1 : 1;
            var keys = IntStream.range(0, count)
                    .mapToObj(i -> name + "." + number + "." + i)
                    .toList();
            operation = new Append(space, keys, level, patience);
        } else if (dice < 90) {
            operation = new Read(space, random.chance(0.4), patience);
        } else if (dice < 97) {
            operation = new Create(space, patience);
        } else {
            operation = new Delete(space, patience);
        }
        begin(chosen, operation);
    }

    void begin(ShardId id, Operation operation) {
        shard = id;
        current = operation;
        attempt();
    }

    private void attempt() {
        var id = Objects.requireNonNull(shard);
        var operation = Objects.requireNonNull(current);
        var number = ++attempt;
        before = operation instanceof Read read ? world.judge(id).readBegins(read.space()) : null;
        target(id)
                .ifPresent(node -> world.simulation
                        .time()
                        .after(
                                random.between(100, 2_000),
                                () -> node.request(
                                        id,
                                        operation,
                                        outcome -> world.simulation
                                                .time()
                                                .after(
                                                        random.between(100, 2_000),
                                                        () -> heard(node, number, outcome)))));
        timeout = world.simulation.time().after(500_000, () -> answered(number, new Outcome.Unknown("no answer")));
    }

    /** Mostly who leads by what the catalog says; often the one who answered last, who may not know that he leads no more. */
    private Optional<SimNode> target(ShardId id) {
        if (random.chance(0.1)) {
            return Optional.of(random.pick(world.nodes()));
        }
        var sticky = last.filter(node -> !node.wiped && random.chance(stickiness));
        return sticky.isPresent()
                ? sticky
                : world.node(world.register(id).value().newest().primary());
    }

    private void heard(SimNode node, long number, Outcome outcome) {
        if (world.isQuiet() || !random.chance(0.01)) {
            last = outcome instanceof Outcome.Refused ? Optional.empty() : Optional.of(node);
            answered(number, outcome);
        }
    }

    private void answered(long number, Outcome outcome) {
        var operation = current;
        if (number != attempt || operation == null) {
            return;
        }
        if (timeout != null) {
            timeout.cancel();
        }
        var id = Objects.requireNonNull(shard);
        if (isFinal(world.judge(id), operation, before, outcome)) {
            world.answered(operation, outcome);
            attempt++;
            current = null;
            rest();
        } else {
            world.simulation.faults().add(outcome instanceof Outcome.Unknown ? UNKNOWN : RETRIED);
            attempt++;
            world.simulation.time().after(random.between(5_000, 80_000), () -> {
                if (current == operation) {
                    attempt();
                }
            });
        }
    }

    /**
     * Lets the judge know, and says whether that was the end of it.
     *
     * @param before for a read, what was acknowledged before it began
     */
    static boolean isFinal(Judge judge, Operation operation, Judge.@Nullable Before before, Outcome outcome) {
        return switch (outcome) {
            case Outcome.Stored stored -> {
                if (stored.committed()) {
                    switch (operation) {
                        case Append append ->
                            judge.acknowledged(
                                    stored.log(),
                                    stored.last(),
                                    Optional.of(append.keys().getLast()));
                        case Create _ -> {
                            judge.acknowledged(LogName.DIRECTORY, stored.last(), Optional.empty());
                            judge.created(stored.log());
                        }
                        case Delete _ -> {
                            judge.acknowledged(LogName.DIRECTORY, stored.last(), Optional.empty());
                            judge.deleted(stored.log());
                        }
                        case Read _ -> throw new AssertionError("a read was stored");
                    }
                }
                yield true;
            }
            case Outcome.Readable readable -> {
                judge.readEnds(Objects.requireNonNull(before), readable);
                yield true;
            }
            case Outcome.Refused refused ->
                refused.reason() == Outcome.Reason.NO_SUCH_SPACE || refused.reason() == Outcome.Reason.EXISTS;
            case Outcome.Unknown _ -> false;
        };
    }
}
