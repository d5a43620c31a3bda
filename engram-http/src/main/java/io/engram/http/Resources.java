package io.engram.http;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Supplier;

/** Files on the class path, read on threads that may wait. */
final class Resources {
    private static final Executor READERS =
            task -> Thread.ofVirtual().name("resource-reader").start(task);

    private Resources() {}

    static <T> CompletableFuture<T> later(Supplier<T> work) {
        return CompletableFuture.supplyAsync(work, READERS);
    }

    static Optional<byte[]> read(String path) {
        try (var in = Resources.class.getResourceAsStream(path)) {
            return in == null ? Optional.empty() : Optional.of(in.readAllBytes());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] required(String path) {
        return read(path).orElseThrow(() -> new IllegalStateException(path + " is not on the class path"));
    }
}
