package io.engram.log;

import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/** Waiting for a stage, with an end. */
final class TestStages {
    private TestStages() {}

    static <T> T await(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }
}
