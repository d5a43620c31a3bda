@NullMarked
package io.engram.dist;

import org.jspecify.annotations.NullMarked;
