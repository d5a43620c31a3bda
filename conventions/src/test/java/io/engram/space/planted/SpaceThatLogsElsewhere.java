package io.engram.space.planted;

import java.util.logging.Logger;

/** Breaks a rule, to prove that it can be broken. */
record SpaceThatLogsElsewhere(Logger logger) {}
