/** The write-ahead log on LevelDB and the Pekko Persistence plugins above it. */
@NullMarked
package io.engram.journal;

import org.jspecify.annotations.NullMarked;
