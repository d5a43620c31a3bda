/** Memory spaces: the sharded persistent actor of each space, its commands and events, and the client that all doors use. */
@NullMarked
package io.engram.space;

import org.jspecify.annotations.NullMarked;
