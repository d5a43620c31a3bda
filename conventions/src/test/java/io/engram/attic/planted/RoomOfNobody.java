package io.engram.attic.planted;

/** Breaks a rule, to prove that it can be broken: nobody said what this room may know. */
record RoomOfNobody() {}
