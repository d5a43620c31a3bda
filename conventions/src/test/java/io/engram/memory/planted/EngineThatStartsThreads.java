package io.engram.memory.planted;

import java.util.concurrent.ExecutorService;

/** Breaks a rule, to prove that it can be broken. */
record EngineThatStartsThreads(ExecutorService pool) {}
