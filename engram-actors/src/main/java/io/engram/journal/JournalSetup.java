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
    private final boolean isGivenLater;
    private final MeterRegistry meters;
    private volatile Optional<LogStore> store;
    private volatile Optional<EventLogs> logs;

    private JournalSetup(
            Optional<LogStore> store, Optional<EventLogs> logs, MeterRegistry meters, boolean isGivenLater) {
        this.store = store;
        this.logs = logs;
        this.meters = Objects.requireNonNull(meters);
        this.isGivenLater = isGivenLater;
    }

    private JournalSetup(Optional<LogStore> store, Optional<EventLogs> logs, MeterRegistry meters) {
        this(store, logs, meters, false);
    }

    /** The journal opens its own store, as configured, with its figures in this registry. */
    public static JournalSetup of(MeterRegistry meters) {
        return new JournalSetup(Optional.empty(), Optional.empty(), meters);
    }

    /**
     * The journal uses a store that is opened while the actor system is there already: {@link #use} gives it. Nothing may be
     * persisted before that.
     */
    public static JournalSetup later(MeterRegistry meters) {
        return new JournalSetup(Optional.empty(), Optional.empty(), meters, true);
    }

    /** Gives the store that was announced by {@link #later}, once. */
    public void use(LogStore opened) {
        if (!isGivenLater || store.isPresent()) {
            throw new IllegalStateException("the journal has its store");
        }
        store = Optional.of(opened);
    }

    /** The same where somebody else decides when what is in the store is durable. */
    public void use(LogStore opened, EventLogs durable) {
        logs = Optional.of(durable);
        use(opened);
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
        if (isGivenLater && store.isEmpty()) {
            throw new IllegalStateException("the log is not open yet");
        }
        return store;
    }

    Optional<EventLogs> logs() {
        return logs;
    }

    MeterRegistry meters() {
        return meters;
    }
}
