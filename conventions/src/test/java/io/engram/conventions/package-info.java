/** What holds for the whole project: the rooms' boundaries, the class path, the texts, the documents. */
@NullMarked
package io.engram.conventions;

import org.jspecify.annotations.NullMarked;
