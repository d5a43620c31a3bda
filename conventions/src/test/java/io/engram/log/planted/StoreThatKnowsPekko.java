package io.engram.log.planted;

import org.apache.pekko.util.ByteString;

/** Breaks a rule, to prove that it can be broken. */
record StoreThatKnowsPekko(ByteString bytes) {}
