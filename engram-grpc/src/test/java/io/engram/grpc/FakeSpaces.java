package io.engram.grpc;

import io.engram.memory.Embedding;
import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.MemoryType;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.Recollection;
import io.engram.memory.ScoreParts;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import io.engram.space.BulkResult;
import io.engram.space.EngramException;
import io.engram.space.ForgetReceipt;
import io.engram.space.ForgetRequest;
import io.engram.space.RecallAnswer;
import io.engram.space.RememberReceipt;
import io.engram.space.RememberRequest;
import io.engram.space.RequestTerms;
import io.engram.space.ServedBy;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/** Spaces in memory, simple enough to be right: words match by equality, vectors by cosine. */
final class FakeSpaces implements SpaceClient {
    private static final class Space {
        final Map<String, List<Memory>> memories = new LinkedHashMap<>();
        final Set<String> suppressed = new HashSet<>();
        final Map<String, RememberReceipt> receipts = new HashMap<>();
    }

    private final Map<SpaceId, Space> spaces = new TreeMap<>();
    private final List<RememberRequest> remembered = new ArrayList<>();
    private final List<RecallQuery> recalled = new ArrayList<>();
    private Function<RememberRequest, Optional<CompletionStage<RememberReceipt>>> instead = _ -> Optional.empty();
    private Optional<String> lexicalOnly = Optional.empty();

    private RequestTerms terms = RequestTerms.ORDINARY;

    synchronized RequestTerms terms() {
        return terms;
    }

    @Override
    public synchronized SpaceClient on(RequestTerms others, Consumer<ServedBy> servedBy) {
        terms = others;
        servedBy.accept(new ServedBy("node-2", others.isNearest() ? OptionalLong.of(3) : OptionalLong.empty()));
        return this;
    }

    /** Answers in the place of this class where {@code answer} gives something. */
    synchronized void answerInstead(Function<RememberRequest, Optional<CompletionStage<RememberReceipt>>> answer) {
        instead = answer;
    }

    synchronized void lexicalOnly(String reason) {
        lexicalOnly = Optional.of(reason);
    }

    synchronized List<RememberRequest> remembered() {
        return List.copyOf(remembered);
    }

    synchronized List<RecallQuery> recalled() {
        return List.copyOf(recalled);
    }

    @Override
    public synchronized CompletionStage<RememberReceipt> remember(SpaceId id, RememberRequest request) {
        remembered.add(request);
        var other = instead.apply(request);
        return other.isPresent() ? other.get() : CompletableFuture.completedFuture(store(id, request));
    }

    /** What {@link #remember} does when nothing else was asked of it. */
    synchronized RememberReceipt store(SpaceId id, RememberRequest request) {
        var space = spaces.computeIfAbsent(id, _ -> new Space());
        if (request.idempotencyKey().map(space.receipts::containsKey).orElse(false)) {
            var r = java.util.Objects.requireNonNull(
                    space.receipts.get(request.idempotencyKey().get()));
            return r.asReplay();
        }
        var memoryId = request.id().orElse(request.idPrefix() + (space.memories.size() + 1));
        var versions = space.memories.computeIfAbsent(memoryId, _ -> new ArrayList<>());
        if (!versions.isEmpty() && !versions.getLast().body().equals(request.body()) && !request.overwrite()) {
            throw EngramException.conflict("another text is stored under " + memoryId);
        }
        if (versions.isEmpty() || !versions.getLast().body().equals(request.body())) {
            versions.add(new Memory(memoryId, versions.size() + 1, Instant.now(), request.body(), List.of()));
        }
        space.suppressed.remove(memoryId);
        var memory = versions.getLast();
        var receipt = RememberReceipt.of(memory);
        request.idempotencyKey().ifPresent(key -> space.receipts.put(key, receipt));
        return receipt;
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized CompletionStage<ForgetReceipt> forget(SpaceId id, ForgetRequest request) {
        var space = spaces.getOrDefault(id, new Space());
        var gone = !space.memories.containsKey(request.id())
                || (request.mode() == ForgetRequest.Mode.SUPPRESS && space.suppressed.contains(request.id()));
        if (gone) {
            return CompletableFuture.failedFuture(EngramException.notFound("no memory " + request.id()));
        }
        switch (request.mode()) {
            case SUPPRESS -> space.suppressed.add(request.id());
            case DELETE -> space.memories.remove(request.id());
        }
        return CompletableFuture.completedFuture(new ForgetReceipt(request.id(), request.mode(), Instant.now(), false));
    }

    private List<Memory> visible(SpaceId id) {
        var space = spaces.getOrDefault(id, new Space());
        return space.memories.entrySet().stream()
                .filter(entry -> !space.suppressed.contains(entry.getKey()))
                .map(entry -> entry.getValue().getLast())
                .toList();
    }

    @Override
    public synchronized CompletionStage<Optional<Memory>> get(SpaceId id, String memory) {
        return CompletableFuture.completedFuture(
                visible(id).stream().filter(m -> m.id().equals(memory)).findFirst());
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized CompletionStage<MemoryPage> list(SpaceId id, Filter filter, int offset, int limit) {
        var all = visible(id).stream().filter(filter::accepts).toList();
        return CompletableFuture.completedFuture(
                new MemoryPage(all.stream().skip(offset).limit(limit).toList(), all.size()));
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        throw new UnsupportedOperationException();
    }

    @Override
    public synchronized CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId id, RecallQuery query) {
        recalled.add(query);
        var found = new ArrayList<Recollection>();
        var considered = visible(id).stream().filter(query.filter()::accepts).toList();
        for (var memory : considered) {
            var lexical = query.cue()
                    .text()
                    .map(text -> overlap(text, memory.content()))
                    .orElse(0f);
            var cosine = query.cue()
                    .vector()
                    .flatMap(v -> memory.body().embedding().map(e -> cosine(v, e)))
                    .orElse(0f);
            var score = Math.max(lexical, cosine);
            if (score > 0 && score >= query.threshold().orElse(0f)) {
                found.add(new Recollection(
                        memory,
                        score > 0.7f ? Recollection.Kind.VIVID : Recollection.Kind.ASSOCIATED,
                        1,
                        score * memory.body().confidence(),
                        score,
                        score,
                        new ScoreParts(lexical, lexical, cosine, cosine, 0f, 1f)));
            }
        }
        found.sort(Comparator.comparing(Recollection::activation).reversed());
        var activated = found.size();
        return CompletableFuture.completedFuture(new RecallAnswer<>(
                new RecallResult(
                        found.stream().limit(query.maxResults()).toList(),
                        found.isEmpty() ? 0f : found.getFirst().confidence(),
                        considered.size(),
                        activated,
                        query.mode() == RecallQuery.Mode.SIMILARITY ? 0 : 1),
                lexicalOnly));
    }

    private static float overlap(String cue, String text) {
        var words = Set.of(text.toLowerCase(Locale.ROOT).split("\\W+"));
        var asked = Set.of(cue.toLowerCase(Locale.ROOT).split("\\W+"));
        return asked.stream().filter(words::contains).count() / (float) asked.size();
    }

    private static float cosine(Embedding a, Embedding b) {
        double dot = 0;
        double aa = 0;
        double bb = 0;
        for (int i = 0; i < a.dimension(); i++) {
            dot += a.get(i) * b.get(i);
            aa += a.get(i) * a.get(i);
            bb += b.get(i) * b.get(i);
        }
        return (float) Math.clamp(dot / Math.sqrt(aa * bb), 0, 1);
    }

    @Override
    public synchronized CompletionStage<SpaceStatistics> statistics(SpaceId id) {
        var all = visible(id);
        var byType = new HashMap<MemoryType, Integer>();
        all.forEach(memory -> byType.merge(memory.type(), 1, Integer::sum));
        var space = spaces.getOrDefault(id, new Space());
        return CompletableFuture.completedFuture(new SpaceStatistics(
                all.size(),
                space.suppressed.size(),
                0,
                all.size(),
                byType,
                (float) all.stream()
                        .mapToDouble(m -> m.body().confidence())
                        .average()
                        .orElse(0),
                0L,
                all.stream().map(Memory::observedAt).min(Comparator.naturalOrder()),
                all.stream().map(Memory::observedAt).max(Comparator.naturalOrder()),
                0));
    }

    @Override
    public synchronized CompletionStage<List<SpaceInfo>> spaces() {
        return CompletableFuture.completedFuture(spaces.keySet().stream()
                .map(id -> new SpaceInfo(id, Instant.EPOCH))
                .toList());
    }

    @Override
    public synchronized CompletionStage<SpaceInfo> createSpace(SpaceId id) {
        spaces.computeIfAbsent(id, _ -> new Space());
        return CompletableFuture.completedFuture(new SpaceInfo(id, Instant.EPOCH));
    }

    @Override
    public synchronized CompletionStage<Boolean> deleteSpace(SpaceId id) {
        return CompletableFuture.completedFuture(spaces.remove(id) != null);
    }
}
