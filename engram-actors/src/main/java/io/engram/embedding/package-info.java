/** Text to vectors on this node: tokenizer, model, and the bounded service in front of them. */
@NullMarked
package io.engram.embedding;

import org.jspecify.annotations.NullMarked;
