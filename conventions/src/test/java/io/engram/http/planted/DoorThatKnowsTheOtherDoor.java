package io.engram.http.planted;

import io.engram.grpc.planted.Door;

/** Breaks a rule, to prove that it can be broken. */
record DoorThatKnowsTheOtherDoor(Door other) {}
