package io.engram.cli;

/** What the process's exit code says. */
final class ExitCodes {
    static final int OK = 0;
    /** The command failed; standard error says why. */
    static final int FAILURE = 1;
    /** The command line cannot be understood. */
    static final int USAGE = 2;
    /** {@code status}: no node is running there. */
    static final int NOT_RUNNING = 3;
    /** {@code status}: a node is running, but it does not answer or is unhealthy. */
    static final int NOT_SERVING = 4;

    private ExitCodes() {}
}
