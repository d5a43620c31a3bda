/** How the sources look. */
@NullMarked
package io.engram.style;

import org.jspecify.annotations.NullMarked;
