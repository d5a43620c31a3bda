package io.engram.embedding;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.engram.embedding.TextEncoder.Purpose;
import io.engram.health.HealthCheck;
import io.engram.memory.Cue;
import io.engram.memory.ModelVector;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The node's text embedding: a model, loaded in the background, and a few threads of its own that feed it from two
 * bounded queues.
 *
 * <p>Somebody waits for a cue and nobody for a passage, so every waiting cue goes before every passage; a cue waits for
 * at most the passages that are being embedded just then, one for each thread. Cues are answered from a cache where
 * possible, and a cue that is asked again while it waits is embedded once. A full queue refuses at once: recall then
 * goes on with words alone, and the passage's memory is embedded when its space asks again.
 *
 * <p>Nothing here throws for want of a model: a model that cannot be loaded makes the service {@link State#UNAVAILABLE},
 * with one warning. Stages complete on the embedding threads, so what depends on them must not block.
 *
 * <p>The meters are those of {@link EmbeddingMetrics}.
 */
public final class EmbeddingService implements TextEmbedding {
    /** About what a cached vector takes beside its text and its bytes: their objects and the cache's own node. */
    private static final int CACHE_ENTRY_OVERHEAD = 300;

    /** How long {@link #close} waits for the text that is in the model. */
    private static final Duration CLOSE_PATIENCE = Duration.ofSeconds(5);

    /**
     * Stack of the threads that enter onnxruntime. Native code that runs over its end takes the process down without a
     * word, and the usual 1 MiB was seen to be too little for a release of it. Only what is touched takes memory.
     */
    private static final long STACK_BYTES = 16L << 20;

    private static final Logger log = LoggerFactory.getLogger(EmbeddingService.class);

    private record Passage(String text, CompletableFuture<ModelVector> vector) {}

    private final EmbeddingSettings settings;
    private final EmbeddingModel model;
    private final TextEncoder.Loader loader;
    private final Cache<String, Cue.Meaning> cueCache;
    private final CompletableFuture<State> settled = new CompletableFuture<>();

    private final ReentrantLock lock = new ReentrantLock();
    private final Condition work = lock.newCondition();
    // Guarded by the lock, down to the next empty line.
    private final LinkedHashMap<String, CompletableFuture<Cue.Meaning>> cues = new LinkedHashMap<>();
    private final ArrayDeque<Passage> passages = new ArrayDeque<>();
    private final List<Thread> threads = new ArrayList<>();
    private boolean loadBegun;
    private boolean closed;

    private volatile State state;
    private volatile String reason = "";

    private final EmbeddingMetrics metrics;
    private final AtomicLong failureCount = new AtomicLong();

    public EmbeddingService(EmbeddingSettings settings, MeterRegistry registry) {
        this(settings, registry, () -> switch (settings.provider()) {
            case ONNX -> OnnxTextEncoder.load(settings.nativeDirectory());
            case STATIC -> StaticTextEncoder.load(settings.nativeDirectory());
            case NONE -> throw new IllegalStateException("there is nothing to load");
        });
    }

    EmbeddingService(EmbeddingSettings settings, MeterRegistry registry, TextEncoder.Loader loader) {
        this.settings = settings;
        this.model = switch (settings.provider()) {
            case ONNX, NONE -> EmbeddingModel.ENCODER;
            case STATIC -> EmbeddingModel.TABLE;
        };
        this.loader = loader;
        this.cueCache = Caffeine.newBuilder()
                .maximumWeight(settings.cueCacheBytes())
                .<String, Cue.Meaning>weigher(
                        (text, meaning) -> 2 * text.length() + model.dimension() + CACHE_ENTRY_OVERHEAD)
                .executor(Runnable::run)
                .build();
        this.metrics = new EmbeddingMetrics(registry, this::waiting);
        this.state = switch (settings.provider()) {
            case ONNX, STATIC -> State.LOADING;
            case NONE -> State.OFF;
        };
        if (state == State.OFF) {
            settled.complete(State.OFF);
        }
    }

    private int waiting(Purpose purpose) {
        lock.lock();
        try {
            return switch (purpose) {
                case QUERY -> cues.size();
                case PASSAGE -> passages.size();
            };
        } finally {
            lock.unlock();
        }
    }

    @Override
    public State state() {
        return state;
    }

    @Override
    public CompletionStage<State> settled() {
        return settled.minimalCompletionStage();
    }

    @Override
    public String modelId() {
        return model.id();
    }

    @Override
    public void load() {
        lock.lock();
        try {
            if (loadBegun || closed || state != State.LOADING) {
                return;
            }
            loadBegun = true;
            start("engram-embedding-load", this::loadModel);
        } finally {
            lock.unlock();
        }
    }

    /** Called under the lock. */
    private void start(String name, Runnable body) {
        var thread = new Thread(null, body, name, STACK_BYTES);
        thread.setDaemon(true);
        threads.add(thread);
        thread.start();
    }

    private void loadModel() {
        long begun = System.nanoTime();
        TextEncoder encoder;
        try {
            encoder = loader.load();
        } catch (Throwable e) { // LinkageError is the very case this is for.
            unavailable(LoadFailure.describe(settings.provider(), e));
            log.warn("{}", reason);
            return;
        }
        lock.lock();
        try {
            if (!closed) {
                var alive = new AtomicLong(settings.threads());
                for (int i = 1; i <= settings.threads(); i++) {
                    start("engram-embedding-" + i, () -> {
                        try {
                            workUntilClosed(encoder);
                        } finally {
                            // The last one out, so that no other is still inside the model.
                            if (alive.decrementAndGet() == 0) {
                                encoder.close();
                            }
                        }
                    });
                }
                state = State.READY;
            }
        } finally {
            lock.unlock();
        }
        if (state == State.READY) {
            log.info(
                    "Embedding model {} is ready after {} ms",
                    model.id(),
                    TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun));
            settled.complete(State.READY);
        } else {
            encoder.close();
        }
    }

    private void unavailable(String why) {
        reason = why;
        state = State.UNAVAILABLE;
        settled.complete(State.UNAVAILABLE);
    }

    @Override
    public CompletionStage<Cue.Meaning> cue(String text) {
        var known = cueCache.getIfPresent(text);
        if (known != null) {
            metrics.cacheHit();
            return CompletableFuture.completedStage(known);
        }
        lock.lock();
        try {
            if (!open()) {
                return CompletableFuture.failedStage(notReady());
            }
            var waits = cues.get(text);
            if (waits != null) {
                metrics.cacheHit();
                return waits.minimalCompletionStage();
            }
            if (cues.size() >= settings.cueQueue()) {
                metrics.rejected(Purpose.QUERY);
                return CompletableFuture.failedStage(
                        new EmbeddingUnavailableException(cues.size() + " search texts wait for the embedding model"));
            }
            metrics.cacheMiss();
            var meaning = new CompletableFuture<Cue.Meaning>();
            cues.put(text, meaning);
            work.signal();
            return meaning.minimalCompletionStage();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public CompletionStage<ModelVector> passage(String text) {
        lock.lock();
        try {
            if (!open()) {
                return CompletableFuture.failedStage(notReady());
            }
            if (passages.size() >= settings.passageQueue()) {
                metrics.rejected(Purpose.PASSAGE);
                return CompletableFuture.failedStage(
                        new EmbeddingUnavailableException(passages.size() + " texts wait for the embedding model"));
            }
            var passage = new Passage(text, new CompletableFuture<>());
            passages.add(passage);
            work.signal();
            return passage.vector().minimalCompletionStage();
        } finally {
            lock.unlock();
        }
    }

    /** Called under the lock. */
    private boolean open() {
        return state == State.READY && !closed;
    }

    private EmbeddingUnavailableException notReady() {
        return new EmbeddingUnavailableException(
                switch (state) {
                    case OFF -> "text embedding is switched off";
                    case LOADING -> "the embedding model is still loading";
                    case UNAVAILABLE -> reason;
                    case READY -> "the node is shutting down";
                });
    }

    private void workUntilClosed(TextEncoder encoder) {
        while (true) {
            var task = next();
            if (task == null) {
                return;
            }
            task.accept(encoder);
        }
    }

    /** The next text to embed, cues first; waits for one, and is null once the service is closed. */
    private @Nullable Consumer<TextEncoder> next() {
        lock.lock();
        try {
            while (true) {
                if (closed) {
                    return null;
                }
                var cue = cues.pollFirstEntry();
                if (cue != null) {
                    return encoder -> embedCue(encoder, cue.getKey(), cue.getValue());
                }
                var passage = passages.poll();
                if (passage != null) {
                    return encoder -> embed(encoder, Purpose.PASSAGE, passage.text(), passage.vector());
                }
                work.awaitUninterruptibly();
            }
        } finally {
            lock.unlock();
        }
    }

    private void embedCue(TextEncoder encoder, String text, CompletableFuture<Cue.Meaning> meaning) {
        // Another thread may have finished the same text after this one was queued.
        var known = cueCache.getIfPresent(text);
        if (known != null) {
            meaning.complete(known);
            return;
        }
        var vector = new CompletableFuture<ModelVector>();
        vector.whenComplete((value, failure) -> {
            if (failure != null) {
                meaning.completeExceptionally(failure);
                return;
            }
            var made = new Cue.Meaning(value, model.scale());
            cueCache.put(text, made);
            meaning.complete(made);
        });
        embed(encoder, Purpose.QUERY, text, vector);
    }

    private void embed(TextEncoder encoder, Purpose purpose, String text, CompletableFuture<ModelVector> result) {
        long begun = System.nanoTime();
        ModelVector vector;
        try {
            vector = ModelVector.quantise(model.id(), encoder.encode(purpose, text));
        } catch (Throwable e) { // One bad text, or one lack of memory, must not end the thread.
            failed(e, text);
            result.completeExceptionally(
                    new EmbeddingUnavailableException("the embedding model failed: " + LoadFailure.brief(e)));
            return;
        }
        metrics.embedded(purpose, Duration.ofNanos(System.nanoTime() - begun));
        result.complete(vector);
    }

    /** Warns of the first failure and then ever more rarely; the counter has them all. */
    private void failed(Throwable e, String text) {
        metrics.failed();
        long count = failureCount.incrementAndGet();
        if (Long.bitCount(count) == 1) {
            log.warn(
                    "The embedding model failed on a text of {} characters ({} failures so far): {}",
                    text.length(),
                    count,
                    LoadFailure.brief(e));
        }
    }

    @Override
    public HealthCheck health() {
        return HealthCheck.of("embedding", "model", () -> switch (state) {
            case OFF -> HealthCheck.Result.healthy("switched off: memories are found by their words");
            case LOADING -> HealthCheck.Result.healthy(model.id() + " is loading: memories are found by their words");
            case READY ->
                HealthCheck.Result.healthy("%s is ready, %d search texts and %d memories wait"
                        .formatted(model.id(), waiting(Purpose.QUERY), waiting(Purpose.PASSAGE)));
            case UNAVAILABLE -> HealthCheck.Result.degraded(reason);
        });
    }

    /** Fails what waits, lets the text that is in the model finish, and frees the model. */
    @Override
    public void close() {
        var orphans = new ArrayList<CompletableFuture<?>>();
        List<Thread> running;
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
            orphans.addAll(cues.values());
            cues.clear();
            passages.forEach(passage -> orphans.add(passage.vector()));
            passages.clear();
            running = List.copyOf(threads);
            work.signalAll();
        } finally {
            lock.unlock();
        }
        var goodbye = new EmbeddingUnavailableException("the node is shutting down");
        orphans.forEach(orphan -> orphan.completeExceptionally(goodbye));
        if (state == State.LOADING) {
            unavailable("the node is shutting down");
        }
        await(running);
    }

    private static void await(List<Thread> running) {
        long deadline = System.nanoTime() + CLOSE_PATIENCE.toNanos();
        try {
            for (var thread : running) {
                if (thread == Thread.currentThread()) {
                    continue;
                }
                var left = Duration.ofNanos(deadline - System.nanoTime());
                if (left.isPositive()) {
                    thread.join(left);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
