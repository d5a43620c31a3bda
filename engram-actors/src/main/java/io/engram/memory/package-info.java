/** The memory engine: what a space remembers and how it is found again. Pure Java: no actors, I/O, threads or clock. */
@NullMarked
package io.engram.memory;

import org.jspecify.annotations.NullMarked;
