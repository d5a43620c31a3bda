package io.engram.memory.planted;

import io.engram.space.SpaceId;

/** Breaks a rule, to prove that it can be broken. */
record EngineThatKnowsSpaces(SpaceId space) {}
