package io.engram.space;

import java.time.Instant;
import java.util.Optional;

/**
 * The directory's entry of a space.
 *
 * @param id its name
 * @param incarnation counts the logs that the directory ever opened; a space that was deleted and created again has
 *     another log under another number, so that nothing of the old one can come back
 * @param createdAt when it was created or first written to
 */
record SpaceRecord(SpaceId id, long incarnation, Instant createdAt) {
    static final String PREFIX = "space|";

    /** The space whose log has this name, if it is one of a space. */
    static Optional<String> idOf(String persistenceId) {
        int end = persistenceId.lastIndexOf('|');
        return persistenceId.startsWith(PREFIX) && end > PREFIX.length()
                ? Optional.of(persistenceId.substring(PREFIX.length(), end))
                : Optional.empty();
    }

    /** The space whose log has this name, if it is one that the directory gives. */
    static Optional<SpaceRecord> ofLog(String persistenceId, Instant createdAt) {
        int end = persistenceId.lastIndexOf('|');
        return idOf(persistenceId).flatMap(id -> {
            try {
                long incarnation = Long.parseLong(persistenceId.substring(end + 1));
                var space = new SpaceRecord(new SpaceId(id), incarnation, createdAt);
                return Optional.of(space).filter(made -> made.persistenceId().equals(persistenceId));
            } catch (NumberFormatException | EngramException e) {
                return Optional.empty();
            }
        });
    }

    /** The name of the space's log. */
    String persistenceId() {
        return PREFIX + id.value() + "|" + incarnation;
    }

    SpaceInfo info() {
        return new SpaceInfo(id, createdAt);
    }
}
