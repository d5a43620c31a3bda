package io.engram.peer;

import io.engram.trace.TraceContext;
import java.time.Duration;
import java.util.Iterator;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.CompletionStage;

/** What this node does when others speak to it. Methods may be called by any thread, must not block, and may be overlapping. */
public interface PeerHandler {
    /** Whether the sender is welcome: one of the same cluster, or one that may still join. Empty if it is, else why not. */
    Optional<String> refusal(UUID from, String cluster, int protocol);

    /** A message has come. What cannot be read is dropped. */
    void received(UUID from, Channel channel, byte[] message);

    /**
     * Somebody asks something; a failure is told to him by its text.
     *
     * @param trace the span above; {@link TraceContext#NONE} if he does not trace it
     */
    CompletionStage<byte[]> called(UUID from, String method, byte[] request, Duration timeout, TraceContext trace);

    /** Somebody fetches something; the pieces are asked for on a thread that may block. */
    Iterator<byte[]> fetched(UUID from, String what, byte[] request);
}
