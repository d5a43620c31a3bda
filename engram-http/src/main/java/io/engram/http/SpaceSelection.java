package io.engram.http;

import io.engram.space.EngramException;
import io.engram.space.SpaceId;
import java.util.List;
import java.util.Optional;

/** Which space a request speaks of: header before query parameter before body field before default. */
final class SpaceSelection {
    /** The header and its synonyms. */
    static final List<String> HEADERS = List.of("X-Memory-Space", "X-Engram-Memory-Space", "X-Memory-Space-Id");

    private SpaceSelection() {}

    /**
     * @throws Refusal with status 400 if a name breaks the grammar, or if two headers name different spaces
     */
    static SpaceId of(Call call, Optional<String> bodyField) {
        return fromHeaders(call)
                .or(() -> fromQuery(call))
                .or(() -> bodyField.map(SpaceSelection::parse))
                .orElse(call.defaultSpace());
    }

    /** The space that headers or query name. */
    static Optional<SpaceId> named(Call call) {
        return fromHeaders(call).or(() -> fromQuery(call));
    }

    static Optional<SpaceId> fromHeaders(Call call) {
        var named = HEADERS.stream()
                .flatMap(name -> call.header(name).stream())
                .map(SpaceSelection::parse)
                .distinct()
                .toList();
        if (named.size() > 1) {
            throw Refusal.badRequest("the headers " + String.join(", ", HEADERS) + " name different memory spaces: "
                    + named.get(0) + " and " + named.get(1));
        }
        return named.stream().findFirst();
    }

    private static Optional<SpaceId> fromQuery(Call call) {
        return call.query().text("space").map(SpaceSelection::parse);
    }

    static SpaceId parse(String text) {
        try {
            return SpaceId.parse(text);
        } catch (EngramException e) {
            throw Refusal.of(e);
        }
    }
}
