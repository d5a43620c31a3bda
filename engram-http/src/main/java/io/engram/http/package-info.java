/** The HTTP door: routing, reading and writing of JSON, errors, health, metrics and the interface's own description. */
@NullMarked
package io.engram.http;

import org.jspecify.annotations.NullMarked;
