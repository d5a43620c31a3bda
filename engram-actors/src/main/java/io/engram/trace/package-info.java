/**
 * The way of single requests through a node and between nodes: spans as OpenTelemetry means them. This package says what others
 * call, and costs nothing where tracing is off; the library that records and sends is known to {@code trace.otlp} alone.
 */
@NullMarked
package io.engram.trace;

import org.jspecify.annotations.NullMarked;
