/**
 * The catalog's bytes, on the wire and on disk. Numbers that are mostly small are unsigned LEB128, seven bits a byte, the
 * lowest first; others are big-endian. A text is the length of its UTF-8 and that. A collection is its size and its elements,
 * sorted where the order means nothing, so that one thing has one form. What comes first is always a version and a kind, and
 * last a CRC-32C over all before it.
 *
 * <p>Readers take nothing on trust: sizes are held against what is left of the bytes before anything is made of them, what is
 * not in its one form is refused, and so is what is left over.
 */
@NullMarked
package io.engram.catalog.format;

import org.jspecify.annotations.NullMarked;
