package io.engram.log;

/** The log is damaged and is not used until it has been repaired; nothing was read or written. Other logs go on. */
public final class LogQuarantinedException extends LogException {
    private final Quarantine quarantine;

    public LogQuarantinedException(Quarantine quarantine) {
        super("log '%s' is quarantined: %s".formatted(quarantine.log(), quarantine.reason()), null);
        this.quarantine = quarantine;
    }

    public Quarantine quarantine() {
        return quarantine;
    }
}
