/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.catalog.planted;

import org.jspecify.annotations.NullMarked;
