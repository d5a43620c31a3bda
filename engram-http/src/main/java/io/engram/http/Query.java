package io.engram.http;

import io.engram.memory.Embedding;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * Typed reading of a request's query parameters. Every refusal is a 400 that names the parameter. Only the parameters
 * that the route declares can be read, so that the routing table stays true.
 */
final class Query {
    private static final int MAX_PARAMETERS = 256;

    private final Map<String, List<String>> values;
    private final Set<String> declared;

    private Query(Map<String, List<String>> values, Set<String> declared) {
        this.values = values;
        this.declared = declared;
    }

    /** @throws Refusal with status 400 if the text is not well encoded */
    static Query parse(String raw, Set<String> declared) {
        var values = new LinkedHashMap<String, List<String>>();
        var count = 0;
        for (var pair : raw.split("&", -1)) {
            if (pair.isEmpty()) {
                continue;
            }
            if (++count > MAX_PARAMETERS) {
                throw Refusal.badRequest("there are more than " + MAX_PARAMETERS + " query parameters");
            }
            var at = pair.indexOf('=');
            var name = UrlText.decode(at < 0 ? pair : pair.substring(0, at), true, "the query string");
            var value = at < 0 ? "" : UrlText.decode(pair.substring(at + 1), true, "the query string");
            values.computeIfAbsent(name, _ -> new ArrayList<>()).add(value);
        }
        return new Query(values, declared);
    }

    private List<String> all(String name) {
        if (!declared.contains(name)) {
            throw new IllegalStateException("the route does not declare the parameter " + name);
        }
        return values.getOrDefault(name, List.of());
    }

    Optional<String> text(String name) {
        var given = all(name);
        if (given.size() > 1) {
            throw Refusal.badRequest("the query parameter '" + name + "' is given more than once");
        }
        return given.stream().findFirst();
    }

    /** One parameter under several names; two names with different values are refused. */
    Optional<String> text(String name, String alias) {
        var one = text(name);
        var other = text(alias);
        if (one.isPresent() && other.isPresent() && !one.equals(other)) {
            throw Refusal.badRequest("the query parameters '" + name + "' and '" + alias + "' disagree");
        }
        return one.or(() -> other);
    }

    /** A list: the parameter may be repeated, and each may hold several values with commas between. */
    List<String> list(String name) {
        return all(name).stream()
                .flatMap(value -> Arrays.stream(value.split(",")))
                .map(String::strip)
                .filter(value -> !value.isEmpty())
                .toList();
    }

    int whole(String name, int fallback, int least, int most) {
        return text(name)
                .map(text -> {
                    try {
                        var value = Integer.parseInt(text.strip());
                        if (value < least || value > most) {
                            throw Refusal.badRequest("the query parameter '" + name + "' must be between " + least
                                    + " and " + most + ", not " + value);
                        }
                        return value;
                    } catch (NumberFormatException e) {
                        throw Refusal.badRequest("the query parameter '" + name + "' must be a whole number");
                    }
                })
                .orElse(fallback);
    }

    /** A number from 0 to 1. */
    Optional<Float> share(String name) {
        return text(name).map(text -> {
            float value;
            try {
                value = Float.parseFloat(text.strip());
            } catch (NumberFormatException e) {
                throw Refusal.badRequest("the query parameter '" + name + "' must be a number");
            }
            if (!(value >= 0f && value <= 1f)) {
                throw Refusal.badRequest("the query parameter '" + name + "' must be between 0 and 1");
            }
            return value;
        });
    }

    boolean flag(String name, boolean fallback) {
        return text(name)
                .map(text -> switch (text.strip().toLowerCase(Locale.ROOT)) {
                    case "true", "1", "yes" -> true;
                    case "false", "0", "no" -> false;
                    default -> throw Refusal.badRequest("the query parameter '" + name + "' must be true or false");
                })
                .orElse(fallback);
    }

    Optional<Instant> time(String name) {
        // A plus sign of an offset that was not encoded arrives as a space.
        return text(name)
                .map(text -> asBadRequest(() -> Fields.instant(
                        "the query parameter '" + name + "'", text.strip().replace(' ', '+'))));
    }

    /** A JSON array of numbers. */
    Optional<Embedding> vector(String name) {
        return text(name)
                .map(text -> asBadRequest(
                        () -> Fields.vector(name, Json.parse(text, "the query parameter '" + name + "'"))));
    }

    <T> Optional<T> choice(String name, Function<String, Optional<T>> reader, String allowed) {
        return text(name)
                .map(text -> reader.apply(text.strip().toLowerCase(Locale.ROOT))
                        .orElseThrow(() ->
                                Refusal.badRequest("the query parameter '" + name + "' must be one of " + allowed)));
    }

    private static <T> T asBadRequest(java.util.function.Supplier<T> reading) {
        try {
            return reading.get();
        } catch (Refusal refusal) {
            throw refusal.status() == 422 ? Refusal.badRequest(refusal.message()) : refusal;
        }
    }
}
