package io.engram.memory.planted;

import java.nio.file.Path;

/** Breaks a rule, to prove that it can be broken. */
record EngineThatReadsFiles(Path file) {}
