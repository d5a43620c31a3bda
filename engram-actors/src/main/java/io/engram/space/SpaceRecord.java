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
 * @param persistenceId the name of the space's log
 * @param reign of this node under which the space was looked up; 0 where there is only one for ever
 */
record SpaceRecord(SpaceId id, long incarnation, Instant createdAt, String persistenceId, long reign) {
    static final String PREFIX = "space|";

    /** As this node's own directory numbers its logs. */
    SpaceRecord(SpaceId id, long incarnation, Instant createdAt) {
        this(id, incarnation, createdAt, PREFIX + id.value() + "|" + incarnation, 0);
    }

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

    SpaceInfo info() {
        return new SpaceInfo(id, createdAt);
    }
}
