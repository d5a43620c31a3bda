package io.engram.journal;

import io.engram.log.LogStore;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Objects;
import java.util.Optional;
import org.apache.pekko.actor.setup.Setup;

/**
 * Gives an actor system what the journal would else open or find by itself. Whoever gives a store closes it, after the
 * actor system has terminated.
 */
public final class JournalSetup extends Setup {
    private final Optional<LogStore> store;
    private final MeterRegistry meters;

    private final Optional<EventLogs> logs;

    private JournalSetup(Optional<LogStore> store, Optional<EventLogs> logs, MeterRegistry meters) {
        this.store = store;
        this.logs = logs;
        this.meters = Objects.requireNonNull(meters);
    }

    /** The journal opens its own store, as configured, with its figures in this registry. */
    public static JournalSetup of(MeterRegistry meters) {
        return new JournalSetup(Optional.empty(), Optional.empty(), meters);
    }

    /** The journal uses a store that is open. */
    public static JournalSetup of(LogStore store, MeterRegistry meters) {
        return new JournalSetup(Optional.of(store), Optional.empty(), meters);
    }

    /** The journal uses a store that is open, and somebody else decides when what is in it is durable. */
    public static JournalSetup of(LogStore store, EventLogs logs, MeterRegistry meters) {
        return new JournalSetup(Optional.of(store), Optional.of(logs), meters);
    }

    Optional<LogStore> store() {
        return store;
    }

    Optional<EventLogs> logs() {
        return logs;
    }

    MeterRegistry meters() {
        return meters;
    }
}
