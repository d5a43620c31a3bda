/** The Compose files. */
@NullMarked
package io.engram.dist.compose;

import org.jspecify.annotations.NullMarked;
