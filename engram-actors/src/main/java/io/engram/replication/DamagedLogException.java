package io.engram.replication;

/** Entries were asked for that cannot be read. */
public final class DamagedLogException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final transient LogName log;
    private final transient Hole hole;

    public DamagedLogException(LogName log, Hole hole) {
        super("entries %d to %d of log %s cannot be read".formatted(hole.first(), hole.last(), log));
        this.log = log;
        this.hole = hole;
    }

    public LogName log() {
        return log;
    }

    public Hole hole() {
        return hole;
    }
}
