package io.engram.catalog;

/**
 * How patient a node is. Safety depends on none of it.
 *
 * @param attemptMicros how long an attempt waits for answers
 * @param leastBackOffMicros the longest pause after a first failed attempt; it doubles with each further one
 * @param mostBackOffMicros the longest pause at all
 * @param requests how many may wait
 * @param batch how many edits go into one document
 * @param readyMicros how long new voters have to say that they are ready
 * @param settleAttempts how often it is tried to see new voters installed
 * @param unsent how many answers may wait for a forced write
 * @param limits of the document
 */
public record CatalogSettings(
        long attemptMicros,
        long leastBackOffMicros,
        long mostBackOffMicros,
        int requests,
        int batch,
        long readyMicros,
        int settleAttempts,
        int unsent,
        CatalogLimits limits) {
    public static final CatalogSettings DEFAULT =
            new CatalogSettings(1_000_000, 20_000, 2_000_000, 1_024, 512, 2_000_000, 30, 1_024, CatalogLimits.DEFAULT);

    public CatalogSettings {
        if (attemptMicros < 1
                || leastBackOffMicros < 1
                || mostBackOffMicros < leastBackOffMicros
                || requests < 1
                || batch < 1
                || readyMicros < 1
                || settleAttempts < 1
                || unsent < 1) {
            throw new IllegalArgumentException("settings below one");
        }
    }

    public CatalogSettings withLimits(CatalogLimits newLimits) {
        return new CatalogSettings(
                attemptMicros,
                leastBackOffMicros,
                mostBackOffMicros,
                requests,
                batch,
                readyMicros,
                settleAttempts,
                unsent,
                newLimits);
    }

    /** The longest pause after so many failed attempts in a row. */
    long backOffMicros(int failures) {
        return Math.min(mostBackOffMicros, leastBackOffMicros << Math.min(failures, 20));
    }
}
