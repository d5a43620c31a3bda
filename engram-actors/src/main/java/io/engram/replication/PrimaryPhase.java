package io.engram.replication;

/** A part of a primary's life, see {@link ShardPrimary}. */
abstract sealed class PrimaryPhase permits Starting, Sealing, Copying, Activating, Active, Ended {
    final ShardPrimary run;
    private final Configuration configuration;

    PrimaryPhase(ShardPrimary run, Configuration configuration) {
        this.run = run;
        this.configuration = configuration;
    }

    Configuration configuration() {
        return configuration;
    }

    /** It is this phase's turn. */
    abstract void enter();

    /** An answer of this epoch has come. */
    abstract void handle(ReplicaId from, Message.ToPrimary message);

    /** Time has passed. */
    abstract void tick();

    /** When {@link #tick} has something to do. */
    abstract long wakeAt();

    /** The run has lost the epoch; whoever waits has to be answered. */
    abstract void leave(String why);

    String describe() {
        return "epoch %d: %s".formatted(configuration.epoch(), getClass().getSimpleName());
    }
}
