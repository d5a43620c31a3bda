package io.engram.catalog;

/**
 * A message with its sender and the incarnation that it is meant for. Whoever has another incarnation does not read it: a
 * node that lost its disk must not answer for what it was before.
 */
public record Envelope(Incarnation from, Incarnation to, Message message) {}
