/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.journal.planted;

import org.jspecify.annotations.NullMarked;
