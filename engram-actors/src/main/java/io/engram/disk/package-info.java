/** What makes files and their names survive a power cut. */
@NullMarked
package io.engram.disk;

import org.jspecify.annotations.NullMarked;
