package io.engram.space;

import io.engram.memory.Embedding;
import io.engram.memory.MemoryBody;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a request must look like before it comes near a space, whichever door it came through. */
final class RequestRules {
    private static final int MAX_NAME_CHARS = 256;
    private static final int MAX_ITEMS = 256;
    private static final int MAX_TEXT_BYTES = 65_536;

    private RequestRules() {}

    /** @throws EngramException of kind INVALID, with the rule that is broken */
    static void check(RememberRequest request, SpaceSettings settings) {
        request.id().ifPresent(id -> name("id", id));
        request.idempotencyKey().ifPresent(key -> name("idempotency key", key));
        MemoryBody body = request.body();
        if (body.content().isBlank()) {
            throw EngramException.invalid("content must not be blank");
        }
        text("content", body.content(), settings.maxContentBytes());
        names("tags", body.tags());
        names("who", body.who());
        if (body.metadata().size() > MAX_ITEMS) {
            throw EngramException.invalid("metadata has more than " + MAX_ITEMS + " entries");
        }
        for (Map.Entry<String, String> entry : body.metadata().entrySet()) {
            name("metadata key", entry.getKey());
            text("metadata '" + entry.getKey() + "'", entry.getValue(), MAX_TEXT_BYTES);
        }
        optionalText("confidence_reasoning", body.confidenceReasoning());
        optionalText("where", body.where());
        optionalText("why", body.why());
        optionalText("how", body.how());
        between("emotional_valence", body.emotionalValence(), -1f, 1f);
        between("importance", body.importance(), 0f, 1f);
        between("decay_rate", body.decayRate(), 0f, Float.MAX_VALUE);
        between("link_threshold", Optional.of(request.linkThreshold()), 0f, 1f);
        body.embedding().ifPresent(e -> vector(e, settings.maxDimension()));
    }

    static void check(ForgetRequest request) {
        name("id", request.id());
        request.idempotencyKey().ifPresent(key -> name("idempotency key", key));
    }

    /** A client's vector, to be stored or to search with. */
    static void vector(Embedding embedding, int maxDimension) {
        if (embedding.dimension() > maxDimension) {
            throw EngramException.invalid("the embedding has " + embedding.dimension() + " values; at most "
                    + maxDimension + " are accepted");
        }
        for (int i = 0; i < embedding.dimension(); i++) {
            if (embedding.get(i) != 0f) {
                return;
            }
        }
        throw EngramException.invalid("the embedding is all zeros, which has no direction to compare");
    }

    private static void name(String what, String value) {
        if (value.isBlank()) {
            throw EngramException.invalid(what + " must not be blank");
        }
        if (value.length() > MAX_NAME_CHARS) {
            throw EngramException.invalid(what + " is longer than " + MAX_NAME_CHARS + " characters");
        }
        if (value.codePoints().anyMatch(Character::isISOControl)) {
            throw EngramException.invalid(what + " must not hold control characters");
        }
        wellFormed(what, value);
    }

    private static void names(String what, List<String> values) {
        if (values.size() > MAX_ITEMS) {
            throw EngramException.invalid(what + " has more than " + MAX_ITEMS + " entries");
        }
        values.forEach(value -> name(what, value));
    }

    private static void optionalText(String what, Optional<String> value) {
        value.ifPresent(v -> text(what, v, MAX_TEXT_BYTES));
    }

    private static void text(String what, String value, int maxBytes) {
        // A quick bound first: no character takes more than three bytes a UTF-16 unit, none less than one.
        if (value.length() > maxBytes
                || (value.length() > maxBytes / 3 && value.getBytes(StandardCharsets.UTF_8).length > maxBytes)) {
            throw EngramException.invalid(what + " is longer than " + maxBytes + " bytes");
        }
        wellFormed(what, value);
    }

    /** Half a surrogate pair cannot be stored as UTF-8 and come back the same. */
    private static void wellFormed(String what, String value) {
        for (int i = 0; i < value.length(); i++) {
            char c = value.charAt(i);
            if (Character.isSurrogate(c)) {
                boolean paired = Character.isHighSurrogate(c)
                        && i + 1 < value.length()
                        && Character.isLowSurrogate(value.charAt(i + 1));
                if (!paired) {
                    throw EngramException.invalid(what + " holds half a surrogate pair at character " + i);
                }
                i++;
            }
        }
    }

    private static void between(String what, Optional<Float> value, float least, float most) {
        value.ifPresent(v -> {
            if (!(v >= least && v <= most)) {
                throw EngramException.invalid(
                        most == Float.MAX_VALUE
                                ? what + " must be " + least + " or more, not " + v
                                : what + " must be between " + least + " and " + most + ", not " + v);
            }
        });
    }
}
