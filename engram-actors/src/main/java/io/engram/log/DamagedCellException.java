package io.engram.log;

import org.jspecify.annotations.Nullable;

/** A value that was kept with a log is not what was written; the log itself is not concerned. */
public final class DamagedCellException extends LogException {
    DamagedCellException(String log, String cell, String reason, @Nullable Throwable cause) {
        super("log '%s', cell '%s': %s".formatted(log, cell, reason), cause);
    }
}
