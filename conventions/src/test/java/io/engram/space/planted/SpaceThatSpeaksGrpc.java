package io.engram.space.planted;

import io.grpc.Status;

/** Breaks a rule, to prove that it can be broken. */
record SpaceThatSpeaksGrpc(Status status) {}
