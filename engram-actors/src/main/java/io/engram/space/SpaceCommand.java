package io.engram.space;

import io.engram.memory.Link;
import io.engram.memory.Memory;
import io.engram.memory.ModelVector;
import io.engram.trace.TraceContext;
import java.util.List;
import java.util.Optional;
import org.apache.pekko.actor.typed.ActorRef;

/** What a space's actor is told. Those who ask are {@link SpaceClient}s; the rest the actor tells itself. */
sealed interface SpaceCommand {

    /** A command that may change the log. It waits with others for the next forced write. */
    sealed interface Write extends SpaceCommand {
        /** The memory concerned; two writes to one memory never share a batch. */
        String memoryId();

        /** The request's idempotency key, if it needs remembering beyond the memory's own id. */
        default Optional<String> key() {
            return Optional.empty();
        }

        /** The span of whoever asks. */
        default TraceContext trace() {
            return TraceContext.NONE;
        }
    }

    /**
     * Remember something.
     *
     * @param request what was asked
     * @param memoryId the client's id or a generated one
     * @param requestKey the client's idempotency key with the request's fingerprint, if there is one
     * @param links associations found beforehand
     * @param trace the span of whoever asks; between nodes it is left out if there is none
     */
    record Remember(
            RememberRequest request,
            String memoryId,
            Optional<SpaceEvent.RequestKey> requestKey,
            List<Link> links,
            ActorRef<SpaceReply> replyTo,
            @Override TraceContext trace)
            implements Write {
        @Override
        public Optional<String> key() {
            return requestKey.map(SpaceEvent.RequestKey::key);
        }
    }

    /** Forget a memory; the key is the client's or a generated one. */
    record Forget(
            ForgetRequest request,
            SpaceEvent.RequestKey requestKey,
            ActorRef<SpaceReply> replyTo,
            @Override TraceContext trace)
            implements Write {
        @Override
        public String memoryId() {
            return request.id();
        }

        @Override
        public Optional<String> key() {
            return Optional.of(requestKey.key());
        }
    }

    /** A text's vector has come; nobody waits for it. */
    record AttachVector(Memory memory, ModelVector vector) implements Write {
        @Override
        public String memoryId() {
            return memory.id();
        }
    }

    /** Make the space readable on its node and say whether it exists. */
    record Open(ActorRef<SpaceReply> replyTo) implements SpaceCommand {}

    /** Create the space if it is not there. */
    record Create(ActorRef<SpaceReply> replyTo) implements SpaceCommand {}

    /** Delete the space with everything in it. */
    record Delete(ActorRef<SpaceReply> replyTo) implements SpaceCommand {}

    /** Somebody reads here; do not fall asleep. */
    record KeepAwake() implements SpaceCommand {}

    /** Sharding asks the actor to go. */
    record Stop() implements SpaceCommand {}

    /** The space's log was found damaged while it is open. */
    record Damaged(String reason) implements SpaceCommand {}

    /** This node does not lead the space any more. */
    record Lost() implements SpaceCommand {}

    /** Write what has gathered. Sent by the actor to itself, so that it arrives behind all that came before. */
    record Flush() implements SpaceCommand {}

    /** See whether texts wait for vectors. */
    record EmbedNext() implements SpaceCommand {}

    /** A text could not be embedded now. */
    record EmbeddingFailed(Memory memory, boolean retry) implements SpaceCommand {}

    /** The directory's answer, or why there is none. */
    record DirectoryAnswered(DirectoryReply reply) implements SpaceCommand {}

    /** The directory did not answer in time. */
    record DirectorySilent(String reason) implements SpaceCommand {
        static final DirectorySilent TIMEOUT = new DirectorySilent("the directory of spaces does not answer");
    }
}
