package io.engram.peer;

/** What a message is about. The numbers are those on the wire and are never used for anything else. */
public enum Channel {
    CATALOG(1),
    REPLICATION(2),
    SNAPSHOTS(3);

    private final int number;

    Channel(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
