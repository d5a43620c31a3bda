package io.engram.memory;

/**
 * An association that was found when a memory was stored.
 *
 * @param targetId the memory it leads to
 * @param similarity how alike the two are, 0 to 1 on the calibrated scale
 * @param reason why it was made, for people
 */
public record Link(String targetId, float similarity, String reason) {}
