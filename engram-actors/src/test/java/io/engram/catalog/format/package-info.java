/** Tests of the catalog's bytes. */
@NullMarked
package io.engram.catalog.format;

import org.jspecify.annotations.NullMarked;
