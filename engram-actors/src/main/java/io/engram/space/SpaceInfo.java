package io.engram.space;

import java.time.Instant;

/**
 * A space that exists.
 *
 * @param id its name
 * @param createdAt when it was created or first written to
 */
public record SpaceInfo(SpaceId id, Instant createdAt) {}
