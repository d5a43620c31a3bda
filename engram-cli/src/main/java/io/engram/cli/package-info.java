/** The executable: the server's bootstrap and the operator's commands. */
@NullMarked
package io.engram.cli;

import org.jspecify.annotations.NullMarked;
