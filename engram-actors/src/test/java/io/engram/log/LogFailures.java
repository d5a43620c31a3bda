package io.engram.log;

/** What a log throws, for tests of those above it. */
public final class LogFailures {
    private LogFailures() {}

    public static LogException full() {
        return new LogFullException("12 bytes are free");
    }

    public static LogException overloaded() {
        return new LogOverloadedException("9 records wait");
    }

    public static LogException failed() {
        return new LogFailedException("input/output error", null);
    }

    public static LogException closed() {
        return new LogClosedException("the log is closed");
    }

    public static LogException damaged(String log, long sequence) {
        return new LogDamagedException(log, sequence, "a bit has flipped", null);
    }
}
