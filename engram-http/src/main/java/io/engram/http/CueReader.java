package io.engram.http;

import io.engram.memory.Cue;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.MemoryType;
import io.engram.memory.RecallQuery;
import io.engram.memory.SearchQuery;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/** Reads what searches and recalls ask for from their query parameters. */
final class CueReader {
    /** Longest cue text, in characters. */
    static final int MAX_CUE_CHARS = 10_000;

    static final String[] FILTERS = {
        "required_tags", "excluded_tags", "from_time", "to_time", "location", "types", "who", "min_confidence"
    };

    private CueReader() {}

    static SearchQuery search(Query query, int mostResults) {
        return new SearchQuery(
                cue(query),
                query.whole("offset", 0, 0, Integer.MAX_VALUE),
                query.whole("limit", 10, 1, mostResults),
                filter(query),
                fusion(query));
    }

    static RecallQuery recall(Query query, int mostResults) {
        return new RecallQuery(
                cue(query),
                query.whole("max_results", 10, 1, mostResults),
                query.share("threshold"),
                filter(query),
                fusion(query),
                query.choice("mode", CueReader::mode, "similarity, spreading, hybrid")
                        .orElse(RecallQuery.Mode.HYBRID));
    }

    private static Cue cue(Query query) {
        var text = query.text("query", "q");
        text.ifPresent(value -> {
            if (value.isBlank()) {
                throw Refusal.invalid("the query parameter 'query' must not be blank");
            }
            if (value.length() > MAX_CUE_CHARS) {
                throw Refusal.invalid("the query parameter 'query' is longer than " + MAX_CUE_CHARS + " characters");
            }
        });
        var vector = query.vector("embedding");
        if (text.isEmpty() && vector.isEmpty()) {
            throw Refusal.invalid("one of the query parameters 'query' (or 'q') and 'embedding' is needed");
        }
        return new Cue(text, Optional.empty(), vector);
    }

    static Filter filter(Query query) {
        var from = query.time("from_time");
        var to = query.time("to_time");
        if (from.isPresent() && to.isPresent() && from.get().isAfter(to.get())) {
            throw Refusal.badRequest("the query parameter 'from_time' must not be later than 'to_time'");
        }
        return new Filter(
                Set.copyOf(query.list("required_tags")),
                Set.copyOf(query.list("excluded_tags")),
                from,
                to,
                query.text("location").filter(text -> !text.isBlank()),
                types(query.list("types")),
                query.list("who"),
                query.share("min_confidence").orElse(0f));
    }

    private static Set<MemoryType> types(List<String> names) {
        var types = EnumSet.noneOf(MemoryType.class);
        for (var name : names) {
            types.add(RememberReader.memoryType(name)
                    .orElseThrow(() -> Refusal.badRequest(
                            "the query parameter 'types' must name some of " + RememberReader.memoryTypes())));
        }
        return types;
    }

    private static Fusion fusion(Query query) {
        return query.choice(
                        "fusion",
                        text -> switch (text) {
                            case "weighted" -> Optional.of(Fusion.WEIGHTED);
                            case "rrf" -> Optional.of(Fusion.RRF);
                            default -> Optional.empty();
                        },
                        "weighted, rrf")
                .orElse(Fusion.WEIGHTED);
    }

    private static Optional<RecallQuery.Mode> mode(String text) {
        for (var mode : RecallQuery.Mode.values()) {
            if (mode.name().toLowerCase(Locale.ROOT).equals(text)) {
                return Optional.of(mode);
            }
        }
        return Optional.empty();
    }
}
