/** Comparison of quantised vectors: an exact scan and the kernels below it. */
@NullMarked
package io.engram.memory.vector;

import org.jspecify.annotations.NullMarked;
