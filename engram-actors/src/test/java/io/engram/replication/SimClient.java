package io.engram.replication;

import io.engram.simulation.SeededRandom;
import io.engram.simulation.VirtualTime;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Does one thing after another, each until it is answered for good: what is unknown or refused is asked again under its key. */
final class SimClient {
    /** What is asked of a shard. */
    sealed interface Operation {
        String space();

        /** How long the primary may take before it says that it does not know. */
        long patienceMicros();
    }

    record Append(String space, String key, Level level, long patienceMicros) implements Operation {}

    record Create(String space, long patienceMicros) implements Operation {}

    record Delete(String space, long patienceMicros) implements Operation {}

    record Read(String space, boolean strict, long patienceMicros) implements Operation {}

    static final String RETRIED = "request asked again";
    static final String UNKNOWN = "request answered as unknown";

    private final ReplicationSimulation world;
    private final String name;
    private final SeededRandom random;
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
            operation = new Append(space, name + "." + ++sequence, level, patience);
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
        var node = random.chance(0.15)
                ? Optional.of(random.pick(world.nodes()))
                : world.node(world.register(id).value().newest().primary());
        world.simulation
                .time()
                .after(
                        random.between(100, 2_000),
                        () -> node.ifPresent(one -> one.request(
                                id,
                                operation,
                                outcome -> world.simulation.time().after(random.between(100, 2_000), () -> {
                                    if (world.isQuiet() || !random.chance(0.01)) {
                                        answered(number, outcome);
                                    }
                                }))));
        timeout = world.simulation.time().after(500_000, () -> answered(number, new Outcome.Unknown("no answer")));
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
        if (isFinal(id, operation, outcome)) {
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

    private boolean isFinal(ShardId id, Operation operation, Outcome outcome) {
        var judge = world.judge(id);
        return switch (outcome) {
            case Outcome.Stored stored -> {
                if (stored.committed()) {
                    switch (operation) {
                        case Append append ->
                            judge.acknowledged(stored.log(), stored.last(), Optional.of(append.key()));
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
