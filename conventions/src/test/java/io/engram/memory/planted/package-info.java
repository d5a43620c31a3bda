/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.memory.planted;

import org.jspecify.annotations.NullMarked;
