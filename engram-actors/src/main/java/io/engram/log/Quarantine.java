package io.engram.log;

/**
 * A log that is not used because it is damaged.
 *
 * @param log its name
 * @param reason what is damaged, for people
 */
public record Quarantine(String log, String reason) {}
