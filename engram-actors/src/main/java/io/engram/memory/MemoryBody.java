package io.engram.memory;

import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What somebody asks to have remembered, exactly as it was given: nothing here is filled in by the server but the
 * confidence and type defaults. Two requests with equal bodies ask for the same thing.
 *
 * @param content the text; what happened or what is so
 * @param type the kind of memory
 * @param confidence how sure the teller is, 0 to 1
 * @param confidenceReasoning why so sure
 * @param tags labels, in the order given
 * @param metadata free key-value pairs
 * @param observedAt when it happened or was observed; absent means "when it was stored"
 * @param who people concerned
 * @param where place
 * @param why cause
 * @param how manner
 * @param emotionalValence -1 (bad) to 1 (good)
 * @param importance 0 to 1
 * @param decayRate forgetting rate that the client asks for, 0 or more
 * @param embedding the client's own vector
 */
public record MemoryBody(
        String content,
        MemoryType type,
        float confidence,
        Optional<String> confidenceReasoning,
        List<String> tags,
        Map<String, String> metadata,
        Optional<Instant> observedAt,
        List<String> who,
        Optional<String> where,
        Optional<String> why,
        Optional<String> how,
        Optional<Float> emotionalValence,
        Optional<Float> importance,
        Optional<Float> decayRate,
        Optional<Embedding> embedding) {

    /** The confidence of a memory whose teller gave none. */
    public static final float DEFAULT_CONFIDENCE = 0.7f;

    public MemoryBody {
        if (!(confidence >= 0f && confidence <= 1f)) {
            throw new IllegalArgumentException("confidence must be between 0 and 1, not " + confidence);
        }
        tags = List.copyOf(tags);
        metadata = Map.copyOf(metadata);
        who = List.copyOf(who);
    }

    public static Builder builder(String content) {
        return new Builder(content);
    }

    /** Collects the parts of a body; everything but the content is optional. */
    public static final class Builder {
        private final String content;
        private MemoryType type = MemoryType.SEMANTIC;
        private float confidence = DEFAULT_CONFIDENCE;
        private Optional<String> confidenceReasoning = Optional.empty();
        private final List<String> tags = new ArrayList<>();
        private final Map<String, String> metadata = new LinkedHashMap<>();
        private Optional<Instant> observedAt = Optional.empty();
        private final List<String> who = new ArrayList<>();
        private Optional<String> where = Optional.empty();
        private Optional<String> why = Optional.empty();
        private Optional<String> how = Optional.empty();
        private Optional<Float> emotionalValence = Optional.empty();
        private Optional<Float> importance = Optional.empty();
        private Optional<Float> decayRate = Optional.empty();
        private Optional<Embedding> embedding = Optional.empty();

        private Builder(String content) {
            this.content = content;
        }

        public Builder type(MemoryType value) {
            type = value;
            return this;
        }

        public Builder confidence(float value) {
            confidence = value;
            return this;
        }

        public Builder confidenceReasoning(String value) {
            confidenceReasoning = Optional.of(value);
            return this;
        }

        public Builder tags(List<String> values) {
            tags.addAll(values);
            return this;
        }

        public Builder metadata(Map<String, String> values) {
            metadata.putAll(values);
            return this;
        }

        public Builder observedAt(Instant value) {
            observedAt = Optional.of(value);
            return this;
        }

        public Builder who(List<String> values) {
            who.addAll(values);
            return this;
        }

        public Builder where(String value) {
            where = Optional.of(value);
            return this;
        }

        public Builder why(String value) {
            why = Optional.of(value);
            return this;
        }

        public Builder how(String value) {
            how = Optional.of(value);
            return this;
        }

        public Builder emotionalValence(float value) {
            emotionalValence = Optional.of(value);
            return this;
        }

        public Builder importance(float value) {
            importance = Optional.of(value);
            return this;
        }

        public Builder decayRate(float value) {
            decayRate = Optional.of(value);
            return this;
        }

        public Builder embedding(Embedding value) {
            embedding = Optional.of(value);
            return this;
        }

        public MemoryBody build() {
            return new MemoryBody(
                    content,
                    type,
                    confidence,
                    confidenceReasoning,
                    tags,
                    metadata,
                    observedAt,
                    who,
                    where,
                    why,
                    how,
                    emotionalValence,
                    importance,
                    decayRate,
                    embedding);
        }
    }
}
