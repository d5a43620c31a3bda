package io.engram.bench;

import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * Where a benchmark runs and how much of it.
 *
 * @param root the checkout
 * @param folder on the disk to be measured
 * @param out where figures are printed
 * @param options numbers from the command line, by name
 */
record Trial(Path root, Path folder, PrintStream out, Map<String, Double> options) {
    /** Rounds unless {@code --rounds} says otherwise: enough for a median. */
    private static final int ROUNDS = 3;

    private static final double QUIET_SECONDS = 2;

    Trial {
        options = Map.copyOf(options);
    }

    /** Length of one measurement. */
    double seconds(double unlessGiven) {
        return options.getOrDefault("seconds", unlessGiven);
    }

    int rounds() {
        return number("rounds", ROUNDS);
    }

    /** How long files must not change before they count as settled. */
    double quietSeconds() {
        return options.getOrDefault("quiet", QUIET_SECONDS);
    }

    int number(String name, int unlessGiven) {
        return (int) Math.round(options.getOrDefault(name, (double) unlessGiven));
    }
}
