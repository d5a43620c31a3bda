/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.http.planted;

import org.jspecify.annotations.NullMarked;
