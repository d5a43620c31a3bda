package io.engram.embedding;

import io.engram.health.HealthCheck;
import io.engram.memory.Cue;
import io.engram.memory.ModelVector;
import java.util.concurrent.CompletionStage;

/**
 * Turns text into vectors on this node, without making anybody wait who need not. Stages fail with {@link
 * EmbeddingUnavailableException} where there is no vector to be had now.
 */
public interface TextEmbedding extends AutoCloseable {
    /** Where the model stands. */
    enum State {
        /** Switched off by configuration; for good. */
        OFF,
        /** Not loaded yet. */
        LOADING,
        READY,
        /** It cannot be loaded here; for good. */
        UNAVAILABLE
    }

    State state();

    /** Begins to load the model in the background; does nothing when that has been done. */
    void load();

    /** Completes once {@link #state()} has left LOADING for good; completes at once when it is OFF. */
    CompletionStage<State> settled();

    /** The model's id and version that new vectors carry. */
    String modelId();

    /** A search text's vector; goes before passages and is cached. Fails at once unless READY, or when overloaded. */
    CompletionStage<Cue.Meaning> cue(String text);

    /** A stored text's vector. Fails at once unless READY, or when the queue is full. */
    CompletionStage<ModelVector> passage(String text);

    HealthCheck health();

    @Override
    void close();
}
