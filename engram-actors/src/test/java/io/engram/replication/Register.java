package io.engram.replication;

import io.engram.simulation.SeededRandom;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A catalog that never fails, for one shard: a value that is changed by compare and set. */
final class Register {
    /**
     * What it says.
     *
     * @param newest the newest configuration, opening or active
     * @param lastActive the newest that was ever active
     */
    record Value(Configuration newest, boolean active, Optional<Configuration> lastActive) {}

    private final List<Value> history = new ArrayList<>();
    private Value value;

    Register(Configuration first) {
        set(new Value(first, false, Optional.empty()));
    }

    private void set(Value next) {
        value = next;
        history.add(next);
    }

    /** What it said at some time. */
    Value stale(SeededRandom random) {
        return random.pick(history);
    }

    Value value() {
        return value;
    }

    /** Proposes an opening configuration in place of this one. */
    boolean propose(long insteadOf, Configuration next) {
        if (value.newest().epoch() != insteadOf || next.epoch() <= insteadOf) {
            return false;
        }
        set(new Value(next, false, value.lastActive()));
        return true;
    }

    /** Makes it active. True as well if it is already. */
    boolean activate(Configuration configuration) {
        if (!value.newest().equals(configuration)) {
            return false;
        }
        if (!value.active()) {
            set(new Value(configuration, true, Optional.of(configuration)));
        }
        return true;
    }
}
