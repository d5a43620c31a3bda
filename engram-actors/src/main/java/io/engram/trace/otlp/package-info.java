/** Records spans with OpenTelemetry's SDK, and sends them to a collector over OTLP. Nothing of it is loaded unless tracing is on. */
@NullMarked
package io.engram.trace.otlp;

import org.jspecify.annotations.NullMarked;
