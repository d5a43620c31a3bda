/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.space.planted;

import org.jspecify.annotations.NullMarked;
