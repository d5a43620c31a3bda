package io.engram.space;

import java.time.Instant;
import java.util.Optional;

/**
 * A space that exists.
 *
 * @param id its name
 * @param createdAt when it was created or first written to
 * @param quarantined why the space answers nothing, if its log is damaged
 */
public record SpaceInfo(SpaceId id, Instant createdAt, Optional<String> quarantined) {
    /** A space that is not known to be damaged. */
    public SpaceInfo(SpaceId id, Instant createdAt) {
        this(id, createdAt, Optional.empty());
    }
}
