package io.engram.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.engram.memory.Embedding;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Typed reading of a JSON object's fields. A field that is null counts as absent. Every refusal names the field: 422 for
 * one that is missing or of another type, 400 for a value that breaks a rule.
 */
final class Fields {
    private final JsonNode node;
    private final String path;

    private Fields(JsonNode node, String path) {
        this.node = node;
        this.path = path;
    }

    /** @throws Refusal with status 422 if {@code node} is not an object */
    static Fields of(JsonNode node, String path) {
        if (!node.isObject()) {
            throw Refusal.unprocessable(
                    (path.isEmpty() ? "the body" : path) + " must be a JSON object, not " + kind(node));
        }
        return new Fields(node, path);
    }

    private String name(String field) {
        return path.isEmpty() ? field : path + "." + field;
    }

    private Optional<JsonNode> field(String field) {
        var value = node.get(field);
        return value == null || value.isNull() ? Optional.empty() : Optional.of(value);
    }

    boolean has(String field) {
        return field(field).isPresent();
    }

    Refusal missing(String field) {
        return Refusal.unprocessable("the field '" + name(field) + "' is missing");
    }

    private Refusal mistyped(String field, String expected, JsonNode value) {
        return Refusal.unprocessable("the field '" + name(field) + "' must be " + expected + ", not " + kind(value));
    }

    Optional<String> text(String field) {
        return field(field).map(value -> {
            if (!value.isTextual()) {
                throw mistyped(field, "a string", value);
            }
            return value.textValue();
        });
    }

    boolean flag(String field, boolean fallback) {
        return field(field)
                .map(value -> {
                    if (!value.isBoolean()) {
                        throw mistyped(field, "true or false", value);
                    }
                    return value.booleanValue();
                })
                .orElse(fallback);
    }

    /** A finite number that fits into 32 bits. */
    Optional<Float> number(String field) {
        return field(field).map(value -> finite(name(field), value));
    }

    private static float finite(String name, JsonNode value) {
        if (!value.isNumber()) {
            throw Refusal.unprocessable("the field '" + name + "' must be a number, not " + kind(value));
        }
        var number = (float) value.doubleValue();
        if (!Float.isFinite(number)) {
            throw Refusal.unprocessable("the field '" + name + "' is too large for a 32-bit number");
        }
        return number;
    }

    List<String> texts(String field) {
        var value = field(field).orElse(null);
        if (value == null) {
            return List.of();
        }
        if (!value.isArray()) {
            throw mistyped(field, "an array of strings", value);
        }
        var texts = new ArrayList<String>(value.size());
        for (var each : value) {
            if (!each.isTextual()) {
                throw mistyped(field + "[" + texts.size() + "]", "a string", each);
            }
            texts.add(each.textValue());
        }
        return texts;
    }

    /** An object's values as text: strings as they are, numbers and truth values as JSON writes them. */
    Map<String, String> textMap(String field) {
        var value = field(field).orElse(null);
        if (value == null) {
            return Map.of();
        }
        if (!value.isObject()) {
            throw mistyped(field, "an object of strings", value);
        }
        var map = new LinkedHashMap<String, String>();
        for (var entry : value.properties()) {
            if (!entry.getValue().isValueNode() || entry.getValue().isNull()) {
                throw mistyped(field + "." + entry.getKey(), "a string", entry.getValue());
            }
            map.put(entry.getKey(), entry.getValue().asText());
        }
        return map;
    }

    Optional<Instant> time(String field) {
        return text(field).map(text -> instant("the field '" + name(field) + "'", text));
    }

    /** @throws Refusal with status 422 unless {@code text} is a time of RFC 3339 */
    static Instant instant(String what, String text) {
        try {
            var time = OffsetDateTime.parse(text);
            if (time.getYear() < 1 || time.getYear() > 9998) {
                throw Refusal.unprocessable(what + " must lie in the years 0001 to 9998");
            }
            return time.toInstant();
        } catch (DateTimeException e) {
            throw Refusal.unprocessable(what + " must be a time such as 2026-05-01T12:00:00Z");
        }
    }

    Optional<Embedding> vector(String field) {
        return field(field).map(value -> vector(name(field), value));
    }

    /** @throws Refusal with status 422 unless {@code value} is an array of one or more finite numbers */
    static Embedding vector(String name, JsonNode value) {
        if (!value.isArray()) {
            throw Refusal.unprocessable("the field '" + name + "' must be an array of numbers, not " + kind(value));
        }
        if (value.isEmpty()) {
            throw Refusal.invalid("the field '" + name + "' must hold at least one number");
        }
        var values = new float[value.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = finite(name + "[" + i + "]", value.get(i));
        }
        return Embedding.of(values);
    }

    /** @throws Refusal with status 422 unless the field holds an array */
    JsonNode array(String field) {
        var value = field(field).orElseThrow(() -> missing(field));
        if (!value.isArray()) {
            throw mistyped(field, "an array", value);
        }
        return value;
    }

    private static String kind(JsonNode node) {
        return switch (node.getNodeType()) {
            case ARRAY -> "an array";
            case BOOLEAN -> "a truth value";
            case NULL -> "null";
            case NUMBER -> "a number";
            case OBJECT, POJO -> "an object";
            case STRING -> "a string";
            case BINARY, MISSING -> "nothing";
        };
    }
}
