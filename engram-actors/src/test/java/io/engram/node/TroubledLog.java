package io.engram.node;

import io.engram.log.LogChange;
import io.engram.log.LogException;
import io.engram.log.LogFailedException;
import io.engram.log.LogStore;
import io.engram.log.Quarantine;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** A real log that says, or does, what a test tells it to. What it says of itself and what it does are set apart. */
final class TroubledLog {
    private final Map<String, String> damaged = new ConcurrentHashMap<>();
    private final Map<String, RuntimeException> failingReads = new ConcurrentHashMap<>();
    private final Map<String, RuntimeException> failingAppends = new ConcurrentHashMap<>();
    private final List<Consumer<Quarantine>> listeners = new CopyOnWriteArrayList<>();
    private final AtomicInteger appends = new AtomicInteger();
    private volatile Optional<LogException> refusal = Optional.empty();

    LogStore around(LogStore store) {
        return (LogStore) Proxy.newProxyInstance(
                LogStore.class.getClassLoader(),
                new Class<?>[] {LogStore.class},
                (proxy, method, arguments) -> invoke(store, method, arguments == null ? new Object[0] : arguments));
    }

    private @Nullable Object invoke(LogStore store, Method method, Object[] arguments) throws Throwable {
        String log = arguments.length > 0 && arguments[0] instanceof String name ? name : "";
        switch (method.getName()) {
            case "refusal" -> {
                return refusal;
            }
            case "quarantined" -> {
                return arguments.length == 0
                        ? damaged.keySet().stream().map(this::found).toList()
                        : Optional.of(log).filter(damaged::containsKey).map(this::found);
            }
            case "onQuarantine" -> {
                @SuppressWarnings("unchecked")
                var listener = (Consumer<Quarantine>) arguments[0];
                listeners.add(listener);
                return null;
            }
            case "write" -> {
                appends.incrementAndGet();
                var failure = failingAppends.get(firstOf(arguments[0]));
                if (failure != null) {
                    if (failure instanceof LogFailedException last) {
                        refusal = Optional.of(last);
                    }
                    return CompletableFuture.failedStage(failure);
                }
            }
            case "read" -> {
                var failure = failingReads.get(log);
                if (failure != null) {
                    throw failure;
                }
            }
            case "drop" -> {
                damaged.remove(log);
                failingReads.remove(log);
            }
            default -> {}
        }
        try {
            return method.invoke(store, arguments);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }

    /** The log that a write begins with. */
    private static String firstOf(Object changes) {
        return ((LogChange) ((List<?>) changes).getFirst()).log();
    }

    private Quarantine found(String log) {
        return new Quarantine(log, damaged.getOrDefault(log, ""));
    }

    /** Says so before anything is appended. */
    void refuse(LogException reason) {
        refusal = Optional.of(reason);
    }

    void takeAgain() {
        refusal = Optional.empty();
        failingAppends.clear();
    }

    /** Says nothing, and fails when it is appended to. */
    void failAppendsTo(String log, RuntimeException failure) {
        failingAppends.put(log, failure);
    }

    void failReadsOf(String log, RuntimeException failure) {
        failingReads.put(log, failure);
    }

    void damage(String log, String reason) {
        damaged.put(log, reason);
        listeners.forEach(listener -> listener.accept(found(log)));
    }

    int appends() {
        return appends.get();
    }
}
