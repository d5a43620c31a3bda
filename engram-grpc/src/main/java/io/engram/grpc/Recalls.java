package io.engram.grpc;

import com.google.protobuf.Timestamp;
import io.engram.grpc.v1.ActivationTrace;
import io.engram.grpc.v1.ContextCue;
import io.engram.grpc.v1.Cue;
import io.engram.grpc.v1.RecallMetadata;
import io.engram.grpc.v1.RecallRequest;
import io.engram.grpc.v1.RecallResponse;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.Recollection;
import io.engram.space.EngramException;
import io.engram.space.RecallAnswer;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The Recall call: which question each kind of cue asks of a space, and what the answer looks like. */
final class Recalls {
    private static final int DEFAULT_MAX_RESULTS = 10;

    private final SpaceClient spaces;
    private final int limit;

    /** {@code limit} is the most memories that one recall may ask for. */
    Recalls(SpaceClient spaces, int limit) {
        this.spaces = spaces;
        this.limit = limit;
    }

    CompletionStage<RecallResponse> recall(SpaceId space, RecallRequest request) {
        if (!request.hasCue()) {
            throw EngramException.invalid("cue is required");
        }
        var started = System.nanoTime();
        var cue = request.getCue();
        var max = maxResults(request);
        Inbound.share("cue.activation_decay", cue.getActivationDecay());
        var threshold =
                cue.hasThreshold() ? Inbound.level("cue.threshold", cue.getThreshold()) : Optional.<Float>empty();
        return switch (cue.getCueTypeCase()) {
            case SEMANTIC -> {
                var semantic = cue.getSemantic();
                var text = io.engram.memory.Cue.ofText(Inbound.text("cue.semantic.query", semantic.getQuery()));
                var least = Inbound.share("cue.semantic.fuzzy_threshold", semantic.getFuzzyThreshold());
                var filter = new Filter(
                        tags("cue.semantic.required_tags", semantic.getRequiredTagsList()),
                        tags("cue.semantic.excluded_tags", semantic.getExcludedTagsList()),
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Set.of(),
                        List.of(),
                        0f);
                yield byActivation(
                        space, request, query(text, cue, max, threshold, least, filter), max, least, started);
            }
            case EMBEDDING -> {
                var vector = io.engram.memory.Cue.ofVector(Inbound.embedding(
                        "cue.embedding.vector", cue.getEmbedding().getVectorList()));
                var least = Inbound.share(
                        "cue.embedding.similarity_threshold", cue.getEmbedding().getSimilarityThreshold());
                var query = query(vector, cue, max, threshold, least, Filter.NONE);
                yield byActivation(space, request, query, max, least, started)
                        .thenCompose(answer -> answer.getMemoriesCount() > 0
                                ? CompletableFuture.completedFuture(answer)
                                : emptyUnlessMisfit(
                                        space, answer, cue.getEmbedding().getVectorCount()));
            }
            case CONTEXT -> byContext(space, request, filter(cue.getContext()), max, started);
            case TEMPORAL ->
                throw EngramException.notImplemented(
                        "temporal cues are not served yet; a context cue takes time_start and time_end");
            case PATTERN -> throw EngramException.notImplemented("pattern cues are not served yet");
            case CUETYPE_NOT_SET -> throw EngramException.invalid("cue must be one of embedding, context and semantic");
        };
    }

    private int maxResults(RecallRequest request) {
        var asked = request.getMaxResults() > 0
                ? request.getMaxResults()
                : request.getCue().getMaxResults();
        if (asked > limit) {
            throw EngramException.invalid("max_results is " + asked + "; at most " + limit + " are answered");
        }
        return asked > 0 ? asked : DEFAULT_MAX_RESULTS;
    }

    private static Set<String> tags(String path, List<String> tags) {
        tags.forEach(tag -> Inbound.text(path, tag));
        return Set.copyOf(tags);
    }

    private RecallQuery query(
            io.engram.memory.Cue start, Cue cue, int max, Optional<Float> threshold, float least, Filter filter) {
        return new RecallQuery(
                start,
                // What is alike enough may stand below what was activated otherwise.
                least > 0f ? limit : max,
                threshold,
                filter,
                Fusion.WEIGHTED,
                cue.getSpreadActivation() ? RecallQuery.Mode.HYBRID : RecallQuery.Mode.SIMILARITY);
    }

    private CompletionStage<RecallResponse> byActivation(
            SpaceId space, RecallRequest request, RecallQuery query, int max, float least, long started) {
        return spaces.recall(space, query).thenApply(answer -> response(request, answer, max, least, started));
    }

    /** Nothing is like a vector of another dimension; that is a mistake to be told rather than an empty answer. */
    private CompletionStage<RecallResponse> emptyUnlessMisfit(SpaceId space, RecallResponse empty, int dimension) {
        return spaces.statistics(space).thenApply(figures -> {
            if (figures.clientDimension() != 0 && figures.clientDimension() != dimension) {
                throw EngramException.invalid("cue.embedding.vector has " + dimension
                        + " values, but the vectors of this memory space have " + figures.clientDimension());
            }
            return empty;
        });
    }

    private static RecallResponse response(
            RecallRequest request, RecallAnswer<RecallResult> answer, int max, float least, long started) {
        var result = answer.result();
        var chosen = result.recollections().stream()
                .filter(recollection -> recollection.similarity() >= least)
                .limit(max)
                .toList();
        var response = RecallResponse.newBuilder();
        for (var recollection : chosen) {
            response.addMemories(Outbound.memory(recollection.memory(), recollection.activation()));
            response.addRecollections(Outbound.recollection(recollection));
        }
        var confidence = chosen.isEmpty() ? 0f : result.confidence();
        response.setRecallConfidence(answer.lexicalOnly()
                .map(reason -> Outbound.confidence(confidence, "by words alone: " + reason))
                .orElseGet(() -> Outbound.confidence(confidence)));
        if (request.getTraceActivation()) {
            var now = Instant.now();
            chosen.forEach(recollection -> response.addTraces(Outbound.trace(recollection, now)));
        }
        if (request.getIncludeMetadata()) {
            response.setMetadata(
                    metadata(chosen.stream().map(Recollection::activation).toList(), started)
                            .setTotalActivated(result.activated())
                            .setConsidered(result.considered())
                            .setHops(result.hops())
                            .setLexicalOnly(answer.lexicalOnly().orElse(""))
                            .addAllActivationPath(
                                    chosen.stream().map(r -> r.memory().id()).toList()));
        }
        return response.build();
    }

    private static RecallMetadata.Builder metadata(List<Float> activations, long started) {
        var micros = Math.max(1, (System.nanoTime() - started) / 1000);
        return RecallMetadata.newBuilder()
                .setAboveThreshold(activations.size())
                .setAvgActivation((float) activations.stream()
                        .mapToDouble(Float::doubleValue)
                        .average()
                        .orElse(0))
                .setRecallTimeMs((micros + 999) / 1000)
                .setRecallTimeUs(micros);
    }

    private static Filter filter(ContextCue context) {
        var from = time("cue.context.time_start", context.hasTimeStart(), context.getTimeStart());
        var to = time("cue.context.time_end", context.hasTimeEnd(), context.getTimeEnd());
        if (from.isPresent() && to.isPresent() && from.get().isAfter(to.get())) {
            throw EngramException.invalid("cue.context.time_start must not be after time_end");
        }
        context.getParticipantsList().forEach(person -> Inbound.text("cue.context.participants", person));
        var location = Optional.of(context.getLocation().strip()).filter(place -> !place.isEmpty());
        if (from.isEmpty() && to.isEmpty() && location.isEmpty() && context.getParticipantsCount() == 0) {
            throw EngramException.invalid(
                    "cue.context needs at least one of time_start, time_end, location and participants");
        }
        return new Filter(Set.of(), Set.of(), from, to, location, Set.of(), context.getParticipantsList(), 0f);
    }

    private static Optional<Instant> time(String path, boolean given, Timestamp time) {
        return given ? Optional.of(Inbound.time(path, time)) : Optional.empty();
    }

    /** Circumstances either fit or not: every memory that fits is fully activated; the last stored ones come first. */
    private CompletionStage<RecallResponse> byContext(
            SpaceId space, RecallRequest request, Filter filter, int max, long started) {
        return spaces.list(space, filter, 0, max)
                .thenCompose(first -> first.total() <= max
                        ? CompletableFuture.completedFuture(first)
                        : spaces.list(space, filter, first.total() - max, max))
                .thenApply(page -> contextResponse(request, page, started));
    }

    private static RecallResponse contextResponse(RecallRequest request, MemoryPage page, long started) {
        var memories = new ArrayList<>(page.memories()).reversed();
        var response = RecallResponse.newBuilder();
        memories.forEach(memory -> response.addMemories(Outbound.memory(memory, 1f)));
        var confidence = (float) memories.stream()
                .mapToDouble(memory -> memory.body().confidence())
                .average()
                .orElse(0);
        response.setRecallConfidence(
                Outbound.confidence(confidence, "mean confidence of the memories that fit the circumstances"));
        if (request.getTraceActivation()) {
            var now = Outbound.time(Instant.now());
            memories.forEach(memory -> response.addTraces(ActivationTrace.newBuilder()
                    .setMemoryId(memory.id())
                    .setActivationLevel(1f)
                    .addActivationPath("context")
                    .setTimestamp(now)));
        }
        if (request.getIncludeMetadata()) {
            response.setMetadata(metadata(memories.stream().map(_ -> 1f).toList(), started)
                    .setTotalActivated(page.total())
                    .addAllActivationPath(memories.stream().map(Memory::id).toList()));
        }
        return response.build();
    }
}
