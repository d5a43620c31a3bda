/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.attic.planted;

import org.jspecify.annotations.NullMarked;
