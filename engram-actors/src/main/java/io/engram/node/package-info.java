/** One running node: the actor system with its log, its spaces and its embedding service. */
@NullMarked
package io.engram.node;

import org.jspecify.annotations.NullMarked;
