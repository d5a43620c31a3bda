package io.engram.cli.planted;

/** Something for those below to know. */
public record Command(String name) {}
