package io.engram.space.planted;

import io.opentelemetry.api.trace.Span;

/** Breaks a rule, to prove that it can be broken. */
record SpaceThatRecordsSpansItself(Span span) {}
