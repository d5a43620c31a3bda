package io.engram.bench;

import java.util.Collection;
import java.util.Locale;

/** What is said about figures that were taken several times. */
final class Figures {
    private Figures() {}

    /** The middle one; the lower of the two in the middle. */
    static double median(Collection<Double> figures) {
        if (figures.isEmpty()) {
            throw new IllegalArgumentException("there is no figure");
        }
        return figures.stream()
                .sorted()
                .skip((figures.size() - 1) / 2)
                .findFirst()
                .orElseThrow();
    }

    /** The least figure that so many percent of all do not exceed. */
    static double percentile(Collection<Double> figures, double percent) {
        if (figures.isEmpty()) {
            throw new IllegalArgumentException("there is no figure");
        }
        long rank = Math.max(1, (long) Math.ceil(figures.size() * percent / 100));
        return figures.stream().sorted().skip(rank - 1).findFirst().orElseThrow();
    }

    /** Median, 99th percentile and maximum of times in milliseconds. */
    static String spread(Collection<Double> ms) {
        return ms.isEmpty()
                ? "none"
                : String.format(
                        Locale.ROOT,
                        "median %,.0f  p99 %,.0f  max %,.0f ms of %,d",
                        median(ms),
                        percentile(ms, 99),
                        percentile(ms, 100),
                        ms.size());
    }

    /** A median beside a goal that it must reach. */
    static String atLeast(double goal, Collection<Double> figures) {
        return verdict("at least", goal, figures, median(figures) >= goal);
    }

    /** A median beside a goal that it must not exceed. */
    static String atMost(double goal, Collection<Double> figures) {
        return verdict("at most", goal, figures, median(figures) <= goal);
    }

    private static String verdict(String bound, double goal, Collection<Double> figures, boolean met) {
        return String.format(
                Locale.ROOT,
                "median %s of %s; goal %s %s: %s",
                plain(median(figures)),
                figures.stream().map(Figures::plain).toList(),
                bound,
                plain(goal),
                met ? "met" : "NOT MET");
    }

    private static String plain(double figure) {
        return String.format(Locale.ROOT, figure >= 1000 ? "%,.0f" : "%.2f", figure);
    }
}
