package io.engram.space;

/**
 * What a space is asked for on one node.
 *
 * @param pressure the part of the writes that may be under way in the space that is under way, 0 to 1; at 1 more are refused
 * @param readsPerSecond reads answered, over about the last minute
 * @param writesPerSecond writes answered, over about the last minute
 */
public record SpaceLoad(double pressure, double readsPerSecond, double writesPerSecond) {}
