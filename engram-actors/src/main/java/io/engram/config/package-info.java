/** The typed configuration tree and where its values come from. */
@NullMarked
package io.engram.config;

import org.jspecify.annotations.NullMarked;
