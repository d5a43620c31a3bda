@NullMarked
package io.engram.memory;

import org.jspecify.annotations.NullMarked;
