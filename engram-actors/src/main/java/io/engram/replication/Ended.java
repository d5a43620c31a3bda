package io.engram.replication;

/** Somebody else leads, or nobody. Nothing is sent, counted or acknowledged any more. */
final class Ended extends PrimaryPhase {
    private final String why;

    Ended(ShardPrimary run, Configuration configuration, String why) {
        super(run, configuration);
        this.why = why;
    }

    @Override
    void enter() {}

    @Override
    void handle(ReplicaId from, Message.ToPrimary message) {}

    @Override
    void tick() {}

    @Override
    long wakeAt() {
        return Long.MAX_VALUE;
    }

    @Override
    void leave(String why) {}

    @Override
    String describe() {
        return super.describe() + ", " + why;
    }
}
