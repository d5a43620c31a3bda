@NullMarked
package io.engram.dist.kubernetes;

import org.jspecify.annotations.NullMarked;
