/** What each part of a node says about its own health. */
@NullMarked
package io.engram.health;

import org.jspecify.annotations.NullMarked;
