package io.engram.memory.planted;

import org.apache.pekko.actor.typed.ActorRef;

/** Breaks a rule, to prove that it can be broken. */
record EngineThatUsesActors(ActorRef<String> actor) {}
