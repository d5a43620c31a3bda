/** Classes that break a rule on purpose. */
@NullMarked
package io.engram.node.planted;

import org.jspecify.annotations.NullMarked;
