@NullMarked
package io.engram.memory.text;

import org.jspecify.annotations.NullMarked;
