/** The Pekko Persistence plugins on the node's logs and snapshots. */
@NullMarked
package io.engram.journal;

import org.jspecify.annotations.NullMarked;
