/** Tests of the catalog, its simulator among them. */
@NullMarked
package io.engram.catalog;

import org.jspecify.annotations.NullMarked;
