package io.engram.log;

/** The database below the log could not do what it was asked to. Never leaves this package. */
final class DatabaseException extends RuntimeException {
    DatabaseException(String message, Throwable cause) {
        super(message, cause);
    }

    /** The native library wraps its errors, sometimes twice; the innermost says what is wrong. */
    static DatabaseException of(Throwable thrown) {
        var cause = thrown;
        while (cause.getCause() != null) {
            cause = cause.getCause();
        }
        return new DatabaseException(String.valueOf(cause.getMessage()), thrown);
    }

    /** Whether the disk took no more: full, over quota or read-only, by the system's own words. */
    static boolean isNoRoom(Throwable thrown) {
        return thrown instanceof DatabaseException
                && (says(thrown, "No space left")
                        || says(thrown, "Disk quota")
                        || says(thrown, "Read-only file system"));
    }

    /** Whether the database met bytes that are not what it wrote. */
    static boolean isCorruption(Throwable thrown) {
        return (thrown instanceof DatabaseException && says(thrown, "Corruption"))
                || (thrown.getCause() != null && isCorruption(thrown.getCause()));
    }

    private static boolean says(Throwable thrown, String words) {
        return String.valueOf(thrown.getMessage()).contains(words);
    }
}
