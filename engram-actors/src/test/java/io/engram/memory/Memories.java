package io.engram.memory;

import java.time.Instant;
import java.util.List;

/** Makes memories for tests. */
final class Memories {
    static final Instant START = Instant.parse("2026-03-01T09:00:00Z");
    static final SimilarityScale SCALE = new SimilarityScale(0.2f, 0.9f, 0.7f);

    private Memories() {}

    static Memory of(String id, String content) {
        return of(id, 1, 0, MemoryBody.builder(content).build());
    }

    static Memory of(String id, int version, long second, MemoryBody body) {
        return new Memory(id, version, START.plusSeconds(second), body, List.of());
    }

    static SpaceEngine engineOf(String... contents) {
        SpaceEngine engine = new SpaceEngine();
        for (int i = 0; i < contents.length; i++) {
            engine.put(of("m" + i, 1, i, MemoryBody.builder(contents[i]).build()));
        }
        return engine;
    }

    static SearchQuery search(String text) {
        return search(Cue.ofText(text));
    }

    static SearchQuery search(Cue cue) {
        return new SearchQuery(cue, 0, 100, Filter.NONE, Fusion.WEIGHTED);
    }

    static RecallQuery recall(Cue cue, RecallQuery.Mode mode) {
        return new RecallQuery(cue, 50, java.util.Optional.empty(), Filter.NONE, Fusion.WEIGHTED, mode);
    }

    static RecallQuery recall(String text) {
        return recall(Cue.ofText(text), RecallQuery.Mode.HYBRID);
    }

    static List<String> found(SpaceEngine engine, String text) {
        return ids(engine.view().search(search(text)));
    }

    static List<String> ids(SearchResult result) {
        return result.hits().stream().map(h -> h.memory().id()).toList();
    }

    static List<String> ids(RecallResult result) {
        return result.recollections().stream().map(r -> r.memory().id()).toList();
    }
}
