package io.engram.node;

import io.engram.embedding.EmbeddingUnavailableException;
import io.engram.embedding.TextEmbedding;
import io.engram.health.HealthCheck;
import io.engram.memory.Cue;
import io.engram.memory.ModelVector;
import io.engram.memory.SimilarityScale;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicInteger;

/** A stand-in for the model: texts that share words have similar vectors. It answers at once, when it is told to. */
final class WordEmbedding implements TextEmbedding {
    private static final int DIMENSION = 64;

    private final CompletableFuture<State> settled = new CompletableFuture<>();
    private final AtomicInteger passages = new AtomicInteger();
    private volatile State state;

    WordEmbedding(State state) {
        this.state = state;
        if (state != State.LOADING) {
            settled.complete(state);
        }
    }

    void settle(State next) {
        state = next;
        settled.complete(next);
    }

    /** How many texts were given to be embedded. */
    int passages() {
        return passages.get();
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public void load() {}

    @Override
    public CompletionStage<State> settled() {
        return settled;
    }

    @Override
    public String modelId() {
        return "words@1";
    }

    @Override
    public CompletionStage<Cue.Meaning> cue(String text) {
        if (state != State.READY) {
            return CompletableFuture.failedFuture(new EmbeddingUnavailableException("not ready"));
        }
        return CompletableFuture.completedFuture(new Cue.Meaning(vector(text), new SimilarityScale(0f, 1f, 0.8f)));
    }

    @Override
    public CompletionStage<ModelVector> passage(String text) {
        passages.incrementAndGet();
        if (state != State.READY) {
            return CompletableFuture.failedFuture(new EmbeddingUnavailableException("not ready"));
        }
        return CompletableFuture.completedFuture(vector(text));
    }

    private ModelVector vector(String text) {
        double[] sums = new double[DIMENSION];
        for (String word : text.toLowerCase(Locale.ROOT).split("\\W+")) {
            sums[Math.floorMod(word.hashCode(), DIMENSION)] += 1;
        }
        double norm = 0;
        for (double sum : sums) {
            norm += sum * sum;
        }
        norm = Math.sqrt(norm);
        byte[] bytes = new byte[DIMENSION];
        for (int i = 0; i < DIMENSION; i++) {
            bytes[i] = (byte) Math.round(sums[i] / norm * 127);
        }
        return new ModelVector(modelId(), bytes, 1f / 127);
    }

    @Override
    public HealthCheck health() {
        return HealthCheck.of("embedding", "embedding", () -> HealthCheck.Result.healthy("words"));
    }

    @Override
    public void close() {}
}
