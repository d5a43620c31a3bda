package io.engram.simulation;

import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/** All the randomness of a run, from its seed. */
public final class SeededRandom implements RandomGenerator {
    private final SplittableRandom random;

    public SeededRandom(long seed) {
        random = new SplittableRandom(seed);
    }

    @Override
    public long nextLong() {
        return random.nextLong();
    }

    /** Whether something of this probability happens; 0 never does, 1 always. */
    public boolean chance(double probability) {
        return probability > 0 && random.nextDouble() < probability;
    }

    /** A number from {@code least} to {@code most}, both included. */
    public long between(long least, long most) {
        return random.nextLong(least, most + 1);
    }

    /** One of several, none of them more likely than another. */
    public <T> T pick(List<T> several) {
        return several.get(random.nextInt(several.size()));
    }

    /** A source of its own for a part of the run, so that one part's draws do not shift another's. */
    public SeededRandom split() {
        return new SeededRandom(random.nextLong());
    }
}
