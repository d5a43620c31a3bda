package io.engram.grpc;

import io.engram.grpc.v1.ApplyReplicationBatchRequest;
import io.engram.grpc.v1.ApplyReplicationBatchResponse;
import io.engram.grpc.v1.AssociateRequest;
import io.engram.grpc.v1.AssociateResponse;
import io.engram.grpc.v1.CompleteRequest;
import io.engram.grpc.v1.CompleteResponse;
import io.engram.grpc.v1.ConsolidateRequest;
import io.engram.grpc.v1.ConsolidateResponse;
import io.engram.grpc.v1.DreamRequest;
import io.engram.grpc.v1.DreamResponse;
import io.engram.grpc.v1.EngramService;
import io.engram.grpc.v1.ExperienceRequest;
import io.engram.grpc.v1.ExperienceResponse;
import io.engram.grpc.v1.ForgetRequest;
import io.engram.grpc.v1.ForgetResponse;
import io.engram.grpc.v1.IntrospectRequest;
import io.engram.grpc.v1.IntrospectResponse;
import io.engram.grpc.v1.MemoryFlowRequest;
import io.engram.grpc.v1.MemoryFlowResponse;
import io.engram.grpc.v1.MigrateSpaceRpcRequest;
import io.engram.grpc.v1.MigrateSpaceRpcResponse;
import io.engram.grpc.v1.ObservationRequest;
import io.engram.grpc.v1.ObservationResponse;
import io.engram.grpc.v1.QueryRequest;
import io.engram.grpc.v1.QueryResponse;
import io.engram.grpc.v1.RebalanceRequest;
import io.engram.grpc.v1.RebalanceResponse;
import io.engram.grpc.v1.RecallRequest;
import io.engram.grpc.v1.RecallResponse;
import io.engram.grpc.v1.RecognizeRequest;
import io.engram.grpc.v1.RecognizeResponse;
import io.engram.grpc.v1.RememberRequest;
import io.engram.grpc.v1.RememberResponse;
import io.engram.grpc.v1.ReminisceRequest;
import io.engram.grpc.v1.ReminisceResponse;
import io.engram.grpc.v1.ReplicationStatusRequest;
import io.engram.grpc.v1.ReplicationStatusResponse;
import io.engram.grpc.v1.StreamRequest;
import io.engram.grpc.v1.StreamResponse;
import io.engram.grpc.v1.StreamingRecallRequest;
import io.engram.grpc.v1.StreamingRecallResponse;
import io.engram.space.EngramException;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.javadsl.Source;

/**
 * The calls of {@code engram.v1.EngramService}, over the spaces. One instance serves one call, because the generated
 * interface hands over messages only and a call also has metadata.
 *
 * <p>A call whose client has a deadline is answered by then, with DEADLINE_EXCEEDED if need be; a write that was begun
 * is not undone by that.
 */
final class EngramGrpcService implements EngramService {
    /**
     * What all calls share.
     *
     * @param spaces the way into the spaces
     * @param settings the door's settings
     * @param introspection answers Introspect
     * @param inFlight counts the calls
     * @param cluster answers what is asked of the node's cluster
     */
    record Shared(
            SpaceClient spaces,
            GrpcSettings settings,
            Introspection introspection,
            InFlight inFlight,
            ClusterCalls cluster) {}

    private final Shared shared;
    private final SpaceClient spaces;
    private final Recalls recalls;
    private final CallContext call;

    EngramGrpcService(Shared shared, CallContext call) {
        this.shared = shared;
        this.call = call;
        this.spaces = call.on(shared.spaces());
        this.recalls = new Recalls(spaces, shared.settings().maxResults());
    }

    @Override
    public CompletionStage<RememberResponse> remember(RememberRequest request) {
        return unary(() -> remember(request, call.keyNamedBy(request.getIdempotencyKey())));
    }

    private CompletionStage<RememberResponse> remember(RememberRequest request, Optional<String> key) {
        return spaces.remember(space(request.getMemorySpaceId()), Inbound.remember(request, key))
                .thenApply(Outbound::remembered);
    }

    @Override
    public CompletionStage<RecallResponse> recall(RecallRequest request) {
        return unary(() -> recallIn(request));
    }

    private CompletionStage<RecallResponse> recallIn(RecallRequest request) {
        return recalls.recall(space(request.getMemorySpaceId()), request);
    }

    @Override
    public CompletionStage<ForgetResponse> forget(ForgetRequest request) {
        return unary(() -> {
            var space = space(request.getMemorySpaceId());
            var id = switch (request.getTargetCase()) {
                case MEMORY_ID -> Inbound.text("memory_id", request.getMemoryId());
                case PATTERN ->
                    throw EngramException.notImplemented(
                            "forgetting by pattern is not served yet: recall first, then forget by memory_id");
                case TARGET_NOT_SET -> throw EngramException.invalid("memory_id is required");
            };
            var mode = switch (request.getMode()) {
                case FORGET_MODE_SUPPRESS -> io.engram.space.ForgetRequest.Mode.SUPPRESS;
                case FORGET_MODE_DELETE -> io.engram.space.ForgetRequest.Mode.DELETE;
                case FORGET_MODE_OVERWRITE ->
                    throw EngramException.invalid("a Forget has no text to put in the old one's place:"
                            + " use Remember with the same id and overwrite");
                case FORGET_MODE_UNSPECIFIED ->
                    throw EngramException.invalid("mode must be FORGET_MODE_SUPPRESS or FORGET_MODE_DELETE");
                case UNRECOGNIZED -> throw EngramException.invalid("mode is no known mode");
            };
            var key = call.keyNamedBy(request.getIdempotencyKey());
            return spaces.forget(space, new io.engram.space.ForgetRequest(id, mode, key))
                    .thenApply(Outbound::forgotten)
                    .exceptionallyCompose(failure -> isNotFound(failure)
                            ? CompletableFuture.completedFuture(ForgetResponse.getDefaultInstance())
                            : CompletableFuture.failedFuture(failure));
        });
    }

    private static boolean isNotFound(Throwable failure) {
        return EngramException.reasonOf(failure) instanceof EngramException e
                && e.kind() == EngramException.Kind.NOT_FOUND;
    }

    @Override
    public CompletionStage<IntrospectResponse> introspect(IntrospectRequest request) {
        return unary(() -> shared.introspection().introspect(call.spaceNamedBy(request.getMemorySpaceId()), request));
    }

    @Override
    public Source<RememberResponse, NotUsed> streamingRemember(Source<RememberRequest, NotUsed> requests) {
        return stream(
                requests,
                request -> remember(request, call.keyOfItem(request.getIdempotencyKey())),
                RememberRequest::getReportErrorInline,
                failure -> RememberResponse.newBuilder()
                        .setError(Outbound.error(failure))
                        .build());
    }

    @Override
    public Source<RecallResponse, NotUsed> streamingRecall(Source<RecallRequest, NotUsed> requests) {
        return stream(
                requests,
                this::recallIn,
                RecallRequest::getReportErrorInline,
                failure -> RecallResponse.newBuilder()
                        .setError(Outbound.error(failure))
                        .build());
    }

    private SpaceId space(String field) {
        var space = call.spaceNamedBy(field).orElse(shared.settings().defaultSpace());
        call.trace().in(space.value());
        return space;
    }

    private <T> CompletionStage<T> unary(Supplier<CompletionStage<T>> work) {
        return call.trace().around(shared.inFlight().call(() -> {
            var left = call.timeLeft();
            if (left.isPresent() && left.get().isZero()) {
                return CompletableFuture.failedFuture(new java.util.concurrent.TimeoutException());
            }
            var answer = attempt(work);
            return left.isEmpty()
                    ? answer
                    : answer.toCompletableFuture().copy().orTimeout(left.get().toNanos(), TimeUnit.NANOSECONDS);
        }));
    }

    private static <T> CompletionStage<T> attempt(Supplier<CompletionStage<T>> work) {
        try {
            return work.get();
        } catch (RuntimeException failure) {
            return CompletableFuture.failedFuture(failure);
        }
    }

    private <I, O> Source<O, NotUsed> stream(
            Source<I, NotUsed> requests,
            Function<I, CompletionStage<O>> answer,
            Function<I, Boolean> inline,
            Function<Throwable, O> error) {
        var answers = shared.inFlight().stream(requests, shared.settings().maxInFlightPerStream(), (I request) -> {
            var one = attempt(() -> answer.apply(request));
            return inline.apply(request) ? one.exceptionally(error) : one;
        });
        return call.trace()
                .around(call.timeLeft().map(answers::completionTimeout).orElse(answers));
    }

    // ---- the cluster ----

    @Override
    public CompletionStage<ReplicationStatusResponse> getReplicationStatus(ReplicationStatusRequest request) {
        return unary(() -> shared.cluster().replicationStatus());
    }

    @Override
    public CompletionStage<ApplyReplicationBatchResponse> applyReplicationBatch(ApplyReplicationBatchRequest request) {
        return unary(() -> shared.cluster().applyBatch(request));
    }

    @Override
    public CompletionStage<RebalanceResponse> rebalanceSpaces(RebalanceRequest request) {
        return unary(() -> shared.cluster().rebalance());
    }

    @Override
    public CompletionStage<MigrateSpaceRpcResponse> migrateSpace(MigrateSpaceRpcRequest request) {
        return unary(() -> shared.cluster().migrate());
    }

    // ---- not served yet ----

    private static <T> CompletionStage<T> unserved(String text) {
        return CompletableFuture.failedFuture(EngramException.notImplemented(text));
    }

    private static <T> Source<T, NotUsed> unservedStream(String text) {
        return Source.failed(EngramException.notImplemented(text));
    }

    @Override
    public CompletionStage<RecognizeResponse> recognize(RecognizeRequest request) {
        return unserved("recognition (Recognize) is not implemented yet");
    }

    @Override
    public CompletionStage<ExperienceResponse> experience(ExperienceRequest request) {
        return unserved("Experience is not implemented yet; Remember takes an episode");
    }

    @Override
    public CompletionStage<ReminisceResponse> reminisce(ReminisceRequest request) {
        return unserved("Reminisce is not implemented yet; Recall takes a context cue");
    }

    @Override
    public CompletionStage<ConsolidateResponse> consolidate(ConsolidateRequest request) {
        return unserved("consolidation (Consolidate) is not implemented yet");
    }

    @Override
    public Source<DreamResponse, NotUsed> dream(DreamRequest request) {
        return unservedStream("dreaming (Dream) is not implemented yet");
    }

    @Override
    public CompletionStage<CompleteResponse> complete(CompleteRequest request) {
        return unserved("pattern completion (Complete) is not implemented yet");
    }

    @Override
    public CompletionStage<AssociateResponse> associate(AssociateRequest request) {
        return unserved("linking by hand (Associate) is not implemented yet; Remember takes auto_link");
    }

    @Override
    public CompletionStage<QueryResponse> executeQuery(QueryRequest request) {
        return unserved("the query language (ExecuteQuery) is not implemented yet");
    }

    @Override
    public Source<StreamResponse, NotUsed> stream(StreamRequest request) {
        return unservedStream("the activity feed (Stream) is not implemented yet");
    }

    @Override
    public Source<MemoryFlowResponse, NotUsed> memoryFlow(Source<MemoryFlowRequest, NotUsed> requests) {
        return unservedStream("the mixed session (MemoryFlow) is not implemented yet; there are StreamingRemember and"
                + " StreamingRecall");
    }

    @Override
    public Source<ObservationResponse, NotUsed> observeStream(Source<ObservationRequest, NotUsed> requests) {
        return unservedStream(
                "the observation session (ObserveStream) is not implemented yet; StreamingRemember takes episodes");
    }

    @Override
    public Source<StreamingRecallResponse, NotUsed> recallStream(StreamingRecallRequest request) {
        return unservedStream("incremental recall (RecallStream) is not implemented yet");
    }

    @Override
    public Source<ObservationResponse, NotUsed> memoryStream(Source<ObservationRequest, NotUsed> requests) {
        return unservedStream("the observation session with recall (MemoryStream) is not implemented yet");
    }
}
