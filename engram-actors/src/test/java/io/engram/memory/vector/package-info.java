@NullMarked
package io.engram.memory.vector;

import org.jspecify.annotations.NullMarked;
