/**
 * What the bytes of a log's folder mean: keys, entries and the small values beside them, as docs/storage.md describes them.
 * Pure: no file, no database, no thread.
 */
@NullMarked
package io.engram.log.format;

import org.jspecify.annotations.NullMarked;
