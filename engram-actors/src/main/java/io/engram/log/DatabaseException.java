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
}
