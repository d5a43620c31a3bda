/**
 * LevelDB's own files read without LevelDB: what a start must set right before LevelDB may open a folder, what a folder still
 * holds when LevelDB refuses it, and how to carry that into a new one. Plain Java; only {@link io.engram.log.files.StartCheck}
 * writes to a folder, and it copies what it changes first.
 */
@NullMarked
package io.engram.log.files;

import org.jspecify.annotations.NullMarked;
