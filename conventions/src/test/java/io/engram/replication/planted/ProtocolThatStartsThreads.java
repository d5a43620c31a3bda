package io.engram.replication.planted;

/** Breaks a rule, to prove that it can be broken. */
final class ProtocolThatStartsThreads {
    Thread thread() {
        return new Thread(() -> {});
    }
}
