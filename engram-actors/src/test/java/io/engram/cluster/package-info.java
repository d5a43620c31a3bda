@NullMarked
package io.engram.cluster;

import org.jspecify.annotations.NullMarked;
