package io.engram.catalog.planted;

import java.util.concurrent.ExecutorService;

/** Breaks a rule, to prove that it can be broken. */
record CatalogThatStartsThreads(ExecutorService pool) {}
