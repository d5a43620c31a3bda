package io.engram.grpc.planted;

/** Something for the other door to know. */
public record Door(int port) {}
