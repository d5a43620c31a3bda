/**
 * The bytes in which nodes tell each other what {@link io.engram.replication.Message} says. Pure: no socket, no thread.
 * {@link io.engram.replication.format.Batch} is where to begin.
 */
@NullMarked
package io.engram.replication.format;

import org.jspecify.annotations.NullMarked;
