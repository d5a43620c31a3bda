package io.engram.space;

import io.engram.memory.Memory;
import io.engram.memory.ModelVector;
import java.time.Instant;
import java.util.Optional;

/** What a space's log holds. The wire form of each is in {@link SpaceCodec}. */
sealed interface SpaceEvent {

    /** When the space's writer accepted it; never earlier than the event before. */
    Instant at();

    /**
     * The log's first event.
     *
     * @param space whose log this is
     * @param incarnation which log of that name, counted by the directory
     */
    record Created(SpaceId space, long incarnation, Instant at) implements SpaceEvent {}

    /**
     * A memory, or its next version.
     *
     * @param request under which key it was asked for, if there was one
     */
    record Remembered(Memory memory, Optional<RequestKey> request) implements SpaceEvent {
        @Override
        public Instant at() {
            return memory.storedAt();
        }
    }

    /** Nothing was stored since the space held the same already; kept only to give a retry the same answer. */
    record FoundDuplicate(String memoryId, String duplicateOf, RequestKey request, Instant at) implements SpaceEvent {}

    /** A text's vector by this node's model. */
    record Embedded(String memoryId, int version, ModelVector vector, Instant at) implements SpaceEvent {}

    /** A memory was suppressed or deleted. */
    record Forgotten(String memoryId, ForgetRequest.Mode mode, RequestKey request, Instant at) implements SpaceEvent {}

    /**
     * A request that may be repeated.
     *
     * @param key given by the client, or generated
     * @param fingerprint tells the same request from another under the same key
     */
    record RequestKey(String key, String fingerprint) {}
}
