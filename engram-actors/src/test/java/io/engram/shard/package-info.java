@NullMarked
package io.engram.shard;

import org.jspecify.annotations.NullMarked;
