@NullMarked
package io.engram.node;

import org.jspecify.annotations.NullMarked;
