package io.engram.space;

import java.util.OptionalLong;

/**
 * Where an answer came from.
 *
 * @param node its name
 * @param lag of an answer of a copy that does not lead the space: how many entries of the space's log are on that node's disk and
 *     were not shown, since nobody has told it yet that they are committed. What it has not received it cannot count. Empty where
 *     the node leads
 */
public record ServedBy(String node, OptionalLong lag) {}
