package io.engram.log;

/**
 * A damaged log, which takes and gives nothing while the others go on.
 *
 * @param log its name
 * @param reason what is wrong, for people
 */
public record Quarantine(String log, String reason) {}
