/** States as streams of checked sections of flat arrays. Pure Java: whoever writes or reads them brings the file. */
@NullMarked
package io.engram.memory.image;

import org.jspecify.annotations.NullMarked;
