/** The snapshots of a node, kept apart from its logs. Plain Java. */
@NullMarked
package io.engram.snapshot;

import org.jspecify.annotations.NullMarked;
