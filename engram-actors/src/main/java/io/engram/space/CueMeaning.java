package io.engram.space;

import io.engram.embedding.TextEmbedding;
import io.engram.memory.Cue;
import io.engram.trace.TraceContext;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/**
 * A cue with the meaning of its text, where that can be had; a read goes by words alone where it cannot.
 *
 * @param cue the cue
 * @param lexicalOnly why its meaning is left out, for people; empty if it is not
 */
record CueMeaning(Cue cue, Optional<String> lexicalOnly) {
    static CompletionStage<CueMeaning> of(Cue cue, TextEmbedding embedding, SpaceFigures figures, TraceContext trace) {
        long begun = System.nanoTime();
        if (cue.text().isEmpty() || cue.meaning().isPresent()) {
            return CompletableFuture.completedFuture(new CueMeaning(cue, Optional.empty()));
        }
        return switch (embedding.state()) {
            case READY ->
                embedding.cue(cue.text().get()).handle((meaning, failure) -> {
                    figures.embedded(trace, begun);
                    return failure == null
                            ? new CueMeaning(cue.withMeaning(meaning), Optional.empty())
                            : new CueMeaning(cue, Optional.of(reason(failure)));
                });
            case LOADING -> lexical(cue, "the embedding model is still loading");
            case OFF -> lexical(cue, "embedding is switched off");
            case UNAVAILABLE -> lexical(cue, "the embedding model cannot be loaded on this node");
        };
    }

    private static CompletionStage<CueMeaning> lexical(Cue cue, String why) {
        return CompletableFuture.completedFuture(new CueMeaning(cue, Optional.of(why)));
    }

    /** What a failure says, or what it is called. */
    static String reason(Throwable failure) {
        Throwable cause = EngramException.reasonOf(failure);
        String text = cause.getMessage();
        return text == null ? cause.getClass().getSimpleName() : text;
    }
}
