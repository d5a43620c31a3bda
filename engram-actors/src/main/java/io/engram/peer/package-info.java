/**
 * How nodes of a cluster reach each other, whatever carries it: who the other one is, messages that may get lost, calls that
 * are answered, and streams of bytes. Nothing here knows what is said.
 */
@NullMarked
package io.engram.peer;

import org.jspecify.annotations.NullMarked;
