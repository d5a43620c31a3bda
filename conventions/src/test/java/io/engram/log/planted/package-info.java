/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.log.planted;

import org.jspecify.annotations.NullMarked;
