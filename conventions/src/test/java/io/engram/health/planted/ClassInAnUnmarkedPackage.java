package io.engram.health.planted;

/** Breaks a rule, to prove that it can be broken: there is no package-info beside it. */
record ClassInAnUnmarkedPackage() {}
