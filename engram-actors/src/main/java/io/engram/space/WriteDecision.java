package io.engram.space;

import java.util.List;
import java.util.Optional;

/** What becomes of one write. */
sealed interface WriteDecision {
    /** Nothing to write. */
    record Answer(Optional<SpaceReply> reply) implements WriteDecision {}

    /** To be answered once the events are durable. */
    record Persist(List<SpaceEvent> events, Optional<SpaceReply> reply) implements WriteDecision {}

    static WriteDecision answer(SpaceReply reply) {
        return new Answer(Optional.of(reply));
    }

    static WriteDecision refuse(EngramException reason) {
        return answer(new SpaceReply.Refused(reason));
    }
}
