/**
 * One node among others: how it finds them and joins them, what it keeps of the catalog, which shards it holds and leads, and
 * how requests reach the node that leads a space.
 */
@NullMarked
package io.engram.cluster;

import org.jspecify.annotations.NullMarked;
