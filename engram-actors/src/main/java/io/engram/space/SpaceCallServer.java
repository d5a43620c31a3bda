package io.engram.space;

import io.engram.trace.TraceContext;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;

/** Answers what a {@link RemoteSpaceClient} of another node asks, by this node's own spaces. */
public final class SpaceCallServer {
    private final SpaceClient spaces;

    public SpaceCallServer(SpaceClient spaces) {
        this.spaces = spaces;
    }

    private static EngramException unknown(String method) {
        return EngramException.notImplemented(
                "this node does not know the call '%s'; is the other one newer?".formatted(method));
    }

    /** The answer to a call that is in no trace. */
    public CompletionStage<byte[]> answer(String method, byte[] request) {
        return answer(method, request, TraceContext.NONE);
    }

    /**
     * The answer to a call. An {@link EngramException} is an answer too, as are a method that this version does not know
     * and bytes that it cannot read; the stage fails for nothing else than bugs.
     *
     * @param trace the span of the call
     */
    public CompletionStage<byte[]> answer(String method, byte[] request, TraceContext trace) {
        CompletionStage<byte[]> answer;
        try {
            var line = CallLine.read(method).orElseThrow(() -> unknown(method));
            var lag = new AtomicReference<>(OptionalLong.empty());
            answer = SpaceCalls.named(line.method())
                    .orElseThrow(() -> unknown(method))
                    .answer(spaces.on(line.terms().under(trace), served -> lag.set(served.lag())), request)
                    .thenApply(bytes -> lag.get().isEmpty()
                            ? bytes
                            : SpaceCalls.behind(bytes, lag.get().getAsLong()));
        } catch (RuntimeException e) {
            answer = CompletableFuture.failedFuture(e);
        }
        return answer.exceptionallyCompose(failure -> EngramException.reasonOf(failure) instanceof EngramException known
                ? CompletableFuture.completedFuture(SpaceCalls.refusal(known))
                : CompletableFuture.failedFuture(failure));
    }
}
