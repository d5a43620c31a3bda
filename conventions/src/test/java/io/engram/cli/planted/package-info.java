/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.cli.planted;

import org.jspecify.annotations.NullMarked;
