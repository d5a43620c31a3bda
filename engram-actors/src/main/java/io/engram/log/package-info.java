/**
 * The logs of a node in one LevelDB database: forced appends, checked reads, truncation. Plain Java; the journal's plugins
 * and replication stand on it.
 */
@NullMarked
package io.engram.log;

import org.jspecify.annotations.NullMarked;
