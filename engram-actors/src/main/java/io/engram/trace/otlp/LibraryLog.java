package io.engram.trace.otlp;

import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The library's own log. It goes to standard error, past ours, and complains of a collector that is away at each try; {@link
 * SpanQueue} says it instead.
 */
final class LibraryLog {
    /** Held, since a logger that nobody holds forgets its level. */
    private static final Logger LIBRARY = Logger.getLogger("io.opentelemetry");

    private LibraryLog() {}

    static void silence() {
        LIBRARY.setLevel(Level.OFF);
    }
}
