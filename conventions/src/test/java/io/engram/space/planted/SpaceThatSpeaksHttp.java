package io.engram.space.planted;

import org.apache.pekko.http.javadsl.model.StatusCode;

/** Breaks a rule, to prove that it can be broken. */
record SpaceThatSpeaksHttp(StatusCode code) {}
