/** From text to the terms that are matched: folding, words, stems. */
@NullMarked
package io.engram.memory.text;

import org.jspecify.annotations.NullMarked;
