package io.engram.snapshot;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Cells that last as long as the test. */
public final class MemoryCells implements Cells {
    private final Map<String, Map<String, byte[]>> logs = new ConcurrentHashMap<>();

    @Override
    public CompletionStage<Void> put(String log, String name, byte[] value) {
        logs.compute(log, (key, cells) -> {
            var changed = cells == null ? new TreeMap<String, byte[]>() : new TreeMap<>(cells);
            changed.put(name, value.clone());
            return changed;
        });
        return CompletableFuture.completedFuture(null);
    }

    @Override
    public Optional<byte[]> get(String log, String name) {
        return Optional.ofNullable(logs.getOrDefault(log, Map.of()).get(name)).map(byte[]::clone);
    }

    @Override
    public List<String> names(String log) {
        return List.copyOf(logs.getOrDefault(log, Map.of()).keySet());
    }

    @Override
    public CompletionStage<Void> remove(String log, String name) {
        logs.computeIfPresent(log, (key, cells) -> {
            var changed = new TreeMap<>(cells);
            changed.remove(name);
            return changed;
        });
        return CompletableFuture.completedFuture(null);
    }
}
