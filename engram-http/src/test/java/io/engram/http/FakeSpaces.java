package io.engram.http;

import io.engram.memory.Filter;
import io.engram.memory.Link;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
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
import io.engram.space.SpaceLoad;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** Spaces in a map, for tests of the door's own logic: text matches when it contains the cue, ignoring case. */
final class FakeSpaces implements SpaceClient {
    static final Instant NOW = Instant.parse("2026-05-01T12:00:00.123Z");

    private static final class Space {
        final Map<String, List<Memory>> memories = new LinkedHashMap<>();
        final Map<String, RememberReceipt> answers = new HashMap<>();
    }

    private final Map<SpaceId, Space> spaces = new TreeMap<>();
    private int nextId = 1;
    /** When present, every operation fails with it. */
    volatile Optional<EngramException> failure = Optional.empty();
    /** When present, every operation waits for it. */
    volatile Optional<CompletableFuture<Void>> gate = Optional.empty();
    /** When present, every read says that meaning was left out, and why. */
    volatile Optional<String> lexicalOnly = Optional.empty();

    /** When present, who is said to serve. */
    volatile Optional<String> node = Optional.empty();

    volatile RequestTerms terms = RequestTerms.ORDINARY;
    /** What is said to be asked of them. */
    final Map<SpaceId, SpaceLoad> loads = new java.util.concurrent.ConcurrentHashMap<>();

    @Override
    public Optional<SpaceLoad> load(SpaceId space) {
        return Optional.ofNullable(loads.get(space));
    }

    @Override
    public SpaceClient on(RequestTerms others, Consumer<ServedBy> servedBy) {
        terms = others;
        node.ifPresent(name ->
                servedBy.accept(new ServedBy(name, others.isNearest() ? OptionalLong.of(3) : OptionalLong.empty())));
        return this;
    }

    private <T> CompletionStage<T> later(Supplier<T> work) {
        return gate.orElse(CompletableFuture.completedFuture(null)).thenApply(_ -> {
            failure.ifPresent(reason -> {
                throw reason;
            });
            synchronized (this) {
                return work.get();
            }
        });
    }

    synchronized List<SpaceId> existing() {
        return List.copyOf(spaces.keySet());
    }

    private Optional<Space> existing(SpaceId id) {
        return Optional.ofNullable(spaces.get(id));
    }

    private List<Memory> current(SpaceId id) {
        return existing(id).stream()
                .flatMap(space -> space.memories.values().stream())
                .filter(versions -> !versions.isEmpty())
                .map(List::getLast)
                .toList();
    }

    @Override
    public CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request) {
        return later(() -> store(space, request));
    }

    private RememberReceipt store(SpaceId id, RememberRequest request) {
        var space = spaces.computeIfAbsent(id, _ -> new Space());
        var body = request.body();
        var known = request.idempotencyKey().map(space.answers::get);
        if (known.isPresent()) {
            return known.get().asReplay();
        }
        if (request.deduplicate()) {
            for (var other : current(id)) {
                if (other.content().equalsIgnoreCase(body.content())) {
                    return RememberReceipt.forDuplicate(other);
                }
            }
        }
        var memoryId = request.id().orElseGet(() -> request.idPrefix() + nextId++);
        var versions = space.memories.computeIfAbsent(memoryId, _ -> new ArrayList<>());
        if (!versions.isEmpty()) {
            if (versions.getLast().body().equals(body)) {
                return RememberReceipt.of(versions.getLast()).asReplay();
            }
            if (!request.overwrite()) {
                throw EngramException.conflict("the memory '" + memoryId + "' holds another text");
            }
        }
        List<Link> links = request.autoLink()
                ? current(id).stream()
                        .filter(other -> !other.id().equals(memoryId))
                        .limit(1)
                        .map(other -> new Link(other.id(), request.linkThreshold(), "made for a test"))
                        .toList()
                : List.of();
        versions.add(new Memory(memoryId, versions.size() + 1, NOW, body, links));
        var receipt = RememberReceipt.of(versions.getLast());
        request.idempotencyKey().ifPresent(key -> space.answers.put(key, receipt));
        return receipt;
    }

    @Override
    public CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests) {
        return later(() -> {
            var results = new ArrayList<BulkResult>();
            for (var request : requests) {
                try {
                    results.add(new BulkResult.Stored(store(space, request)));
                } catch (EngramException e) {
                    results.add(new BulkResult.Failed(e));
                }
            }
            return results;
        });
    }

    @Override
    public CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request) {
        return later(() -> {
            if (existing(space).map(s -> s.memories.remove(request.id())).isEmpty()) {
                throw EngramException.notFound("there is no memory '" + request.id() + "'");
            }
            return new ForgetReceipt(request.id(), request.mode(), NOW, false);
        });
    }

    @Override
    public CompletionStage<Optional<Memory>> get(SpaceId space, String id) {
        return later(() -> existing(space).map(s -> s.memories.get(id)).map(List::getLast));
    }

    @Override
    public CompletionStage<List<Memory>> history(SpaceId space, String id) {
        return later(() ->
                existing(space).map(s -> s.memories.get(id)).map(List::copyOf).orElse(List.of()));
    }

    @Override
    public CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit) {
        return later(() -> {
            var all = current(space).stream().filter(filter::accepts).toList();
            return new MemoryPage(all.stream().skip(offset).limit(limit).toList(), all.size());
        });
    }

    private List<Memory> matching(SpaceId space, Optional<String> text, Filter filter) {
        var cue = text.orElse("").toLowerCase(Locale.ROOT);
        return current(space).stream()
                .filter(filter::accepts)
                .filter(memory -> memory.content().toLowerCase(Locale.ROOT).contains(cue))
                .toList();
    }

    @Override
    public CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query) {
        return later(() -> {
            var all = matching(space, query.cue().text(), query.filter());
            var hits = new ArrayList<SearchResult.Hit>();
            for (int i = query.offset(); i < Math.min(all.size(), query.offset() + query.limit()); i++) {
                hits.add(new SearchResult.Hit(all.get(i), i + 1, 0.5f, new ScoreParts(0.5f, 1f, 0f, 0f, 0f, 0.9f)));
            }
            return new RecallAnswer<>(new SearchResult(hits, all.size()), lexicalOnly);
        });
    }

    @Override
    public CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query) {
        return later(() -> {
            var all = matching(space, query.cue().text(), query.filter());
            var recollections = new ArrayList<Recollection>();
            for (int i = 0; i < Math.min(all.size(), query.maxResults()); i++) {
                recollections.add(new Recollection(
                        all.get(i),
                        i == 0 ? Recollection.Kind.VIVID : Recollection.Kind.ASSOCIATED,
                        i == 0 ? 1 : i,
                        0.81f,
                        0.62f,
                        0.43f,
                        new ScoreParts(0.8f, 1f, 0.43f, 0.86f, 0.1f, 0.9f)));
            }
            return new RecallAnswer<>(
                    new RecallResult(
                            recollections,
                            recollections.isEmpty() ? 0f : 0.77f,
                            current(space).size(),
                            all.size(),
                            1),
                    lexicalOnly);
        });
    }

    @Override
    public CompletionStage<SpaceStatistics> statistics(SpaceId space) {
        return later(() -> {
            var all = current(space);
            return new SpaceStatistics(
                    all.size(),
                    0,
                    0,
                    all.size(),
                    Map.of(),
                    all.isEmpty() ? 0f : 0.7f,
                    0,
                    Optional.empty(),
                    Optional.empty(),
                    0);
        });
    }

    @Override
    public CompletionStage<List<SpaceInfo>> spaces() {
        return later(
                () -> spaces.keySet().stream().map(id -> new SpaceInfo(id, NOW)).toList());
    }

    @Override
    public CompletionStage<SpaceInfo> createSpace(SpaceId space) {
        return later(() -> {
            spaces.computeIfAbsent(space, _ -> new Space());
            return new SpaceInfo(space, NOW);
        });
    }

    @Override
    public CompletionStage<Boolean> deleteSpace(SpaceId space) {
        return later(() -> spaces.remove(space) != null);
    }
}
