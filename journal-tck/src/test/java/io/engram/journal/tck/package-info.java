/** Pekko's own compatibility kit, run against the journal and the snapshot store. */
@NullMarked
package io.engram.journal.tck;

import org.jspecify.annotations.NullMarked;
