package io.engram.http;

import com.fasterxml.jackson.databind.JsonNode;
import io.engram.memory.MemoryBody;
import io.engram.memory.MemoryType;
import io.engram.space.RememberRequest;
import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Collectors;

/** Reads requests to remember from their JSON. */
final class RememberReader {
    /** Longest idempotency key, in characters. */
    static final int MAX_KEY_CHARS = 200;

    private static final float DEFAULT_LINK_THRESHOLD = 0.7f;
    private static final float DEFAULT_IMPORTANCE = 0.5f;

    private RememberReader() {}

    /** A fact: {@code content} and what goes with it. */
    static RememberRequest memory(Fields fields, Optional<String> key) {
        var content = fields.text("content").orElseThrow(() -> fields.missing("content"));
        var body = MemoryBody.builder(checked("content", content));
        body.confidence(fields.number("confidence").map(RememberReader::share).orElse(MemoryBody.DEFAULT_CONFIDENCE));
        body.type(type(fields).orElse(MemoryType.SEMANTIC));
        fields.time("timestamp").or(() -> fields.time("observed_at")).ifPresent(body::observedAt);
        return request(fields, "mem_", common(fields, body), key);
    }

    /** An episode: {@code what}, {@code when} and what goes with them. */
    static RememberRequest episode(Fields fields, Optional<String> key) {
        var what = fields.text("what").orElseThrow(() -> fields.missing("what"));
        var body = MemoryBody.builder(checked("what", what));
        body.observedAt(fields.time("when").orElseThrow(() -> fields.missing("when")));
        // An episode's importance stands in for the confidence that its teller did not give.
        body.confidence(share(fields.number("confidence")
                .or(() -> fields.number("importance"))
                .orElse(DEFAULT_IMPORTANCE)));
        body.type(type(fields).orElse(MemoryType.EPISODIC));
        return request(fields, "ep_", common(fields, body), key);
    }

    /** One item of a bulk request: an episode if it has a {@code what}, else a fact. */
    static RememberRequest item(JsonNode node, Optional<String> key) {
        var fields = Fields.of(node, "");
        return fields.has("what") ? episode(fields, key) : memory(fields, key);
    }

    private static MemoryBody common(Fields fields, MemoryBody.Builder body) {
        fields.text("confidence_reasoning").ifPresent(body::confidenceReasoning);
        body.tags(fields.texts("tags"));
        body.metadata(fields.textMap("metadata"));
        body.who(fields.texts("who"));
        fields.text("where_location").or(() -> fields.text("where")).ifPresent(body::where);
        fields.text("why").ifPresent(body::why);
        fields.text("how").ifPresent(body::how);
        fields.number("emotional_valence").ifPresent(value -> {
            if (!(value >= -1f && value <= 1f)) {
                throw Refusal.invalid("the field 'emotional_valence' must be between -1 and 1, not " + value);
            }
            body.emotionalValence(value);
        });
        fields.number("importance").map(RememberReader::share).ifPresent(body::importance);
        fields.number("decay_rate").ifPresent(value -> {
            if (!(value >= 0f)) {
                throw Refusal.invalid("the field 'decay_rate' must be 0 or more, not " + value);
            }
            body.decayRate(value);
        });
        fields.vector("embedding").ifPresent(body::embedding);
        return body.build();
    }

    private static RememberRequest request(Fields fields, String prefix, MemoryBody body, Optional<String> key) {
        var own = fields.text("idempotency_key").map(text -> key("the field 'idempotency_key'", text, MAX_KEY_CHARS));
        var threshold = fields.number("link_threshold").orElse(DEFAULT_LINK_THRESHOLD);
        if (!(threshold >= 0f && threshold <= 1f)) {
            throw Refusal.invalid("the field 'link_threshold' must be between 0 and 1, not " + threshold);
        }
        return new RememberRequest(
                fields.text("id"),
                prefix,
                body,
                own.or(() -> key),
                fields.flag("overwrite", false),
                fields.flag("deduplicate", false),
                fields.flag("auto_link", false),
                threshold);
    }

    /** The header {@code Idempotency-Key}. */
    static Optional<String> key(Call call) {
        return call.header("Idempotency-Key").map(text -> key("the header Idempotency-Key", text, MAX_KEY_CHARS));
    }

    private static String key(String what, String text, int most) {
        if (text.isBlank() || text.length() > most) {
            throw Refusal.invalid(what + " must hold 1 to " + most + " characters that are not all blank");
        }
        return text;
    }

    private static String checked(String field, String content) {
        if (content.isBlank()) {
            throw Refusal.invalid("the field '" + field + "' must not be blank");
        }
        return content;
    }

    private static Optional<MemoryType> type(Fields fields) {
        return fields.text("memory_type")
                .map(text -> memoryType(text)
                        .orElseThrow(() -> Refusal.unprocessable("the field 'memory_type' must be one of "
                                + memoryTypes() + ", not '" + shortened(text) + "'")));
    }

    static Optional<MemoryType> memoryType(String text) {
        return Arrays.stream(MemoryType.values())
                .filter(type -> type.wireName().equals(text.strip().toLowerCase(Locale.ROOT)))
                .findFirst();
    }

    static String memoryTypes() {
        return Arrays.stream(MemoryType.values()).map(MemoryType::wireName).collect(Collectors.joining(", "));
    }

    private static String shortened(String text) {
        return text.length() > 40 ? text.substring(0, 40) + "…" : text;
    }

    private static float share(float value) {
        return Math.clamp(value, 0f, 1f);
    }
}
