package io.engram.log;

/** What the log's threads share. */
final class Threads {
    private Threads() {}

    /** Waits for a thread to end; an interruption meanwhile is kept for later. */
    static void joinUninterruptibly(Thread thread) {
        var interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
