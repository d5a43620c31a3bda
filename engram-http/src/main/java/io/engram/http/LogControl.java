package io.engram.http;

/** What of the log can be changed while the node runs. */
public interface LogControl {
    /** Which records are written, as the setting {@code logging.level} would say it. */
    String level();

    /**
     * Writes other records from now on, until the next start.
     *
     * @param level as in the setting {@code logging.level}
     * @throws IllegalArgumentException with what would be allowed, if it cannot be understood
     */
    void level(String level);
}
