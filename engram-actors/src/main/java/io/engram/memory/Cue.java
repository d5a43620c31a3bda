package io.engram.memory;

import java.util.Optional;

/**
 * What a search or recall starts from. At least one part is present.
 *
 * @param text words, matched lexically
 * @param meaning the text's vector by this node's model, when there is one
 * @param vector the client's own vector, compared with clients' own vectors only
 */
public record Cue(Optional<String> text, Optional<Meaning> meaning, Optional<Embedding> vector) {

    public Cue {
        if (text.isEmpty() && meaning.isEmpty() && vector.isEmpty()) {
            throw new IllegalArgumentException("a cue needs a text or a vector");
        }
    }

    public static Cue ofText(String text) {
        return new Cue(Optional.of(text), Optional.empty(), Optional.empty());
    }

    public static Cue ofVector(Embedding vector) {
        return new Cue(Optional.empty(), Optional.empty(), Optional.of(vector));
    }

    public Cue withMeaning(Meaning value) {
        return new Cue(text, Optional.of(value), vector);
    }

    /**
     * A cue's vector by a model.
     *
     * @param vector quantised like the memories' vectors
     * @param scale the model's calibration
     */
    public record Meaning(ModelVector vector, SimilarityScale scale) {}
}
