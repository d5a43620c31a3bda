package io.engram.catalog;

/**
 * What a voter said it accepted last.
 *
 * @param acceptedAt at which ballot
 * @param document what it was
 */
record Vote(Ballot acceptedAt, Document document) {}
