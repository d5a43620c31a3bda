package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.awaitility.Awaitility.await;

import io.engram.embedding.EmbeddingSettings.Provider;
import io.engram.embedding.TextEmbedding.State;
import io.engram.health.HealthStatus;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The service's queues, cache and states, with an encoder that works only when the test lets it. */
@Timeout(60)
class EmbeddingServiceTest {
    private final MeterRegistry metrics = new SimpleMeterRegistry();
    private final GatedEncoder encoder = new GatedEncoder();
    private final List<EmbeddingService> services = new ArrayList<>();

    /** Takes a permit for each text; a text that starts with "bad" fails. */
    private static final class GatedEncoder implements TextEncoder {
        final List<String> begun = new CopyOnWriteArrayList<>();
        final Semaphore gate = new Semaphore(0);
        final AtomicBoolean closed = new AtomicBoolean();
        final AtomicInteger inside = new AtomicInteger();

        @Override
        public float[] encode(Purpose purpose, String text) throws InterruptedException {
            inside.incrementAndGet();
            try {
                begun.add(text);
                gate.acquire();
                if (text.startsWith("bad")) {
                    throw new IllegalStateException("no such shape");
                }
                return new float[] {text.length(), purpose.ordinal(), -1};
            } finally {
                inside.decrementAndGet();
            }
        }

        @Override
        public void close() {
            assertThat(inside).hasValue(0);
            closed.set(true);
        }

        void open() {
            gate.release(1_000_000);
        }
    }

    private EmbeddingService service(EmbeddingSettings settings, TextEncoder.Loader loader) {
        var service = new EmbeddingService(settings, metrics, loader);
        services.add(service);
        return service;
    }

    private EmbeddingService ready(EmbeddingSettings settings) throws Exception {
        var service = service(settings, () -> encoder);
        service.load();
        assertThat(get(service.settled())).isEqualTo(State.READY);
        return service;
    }

    private static EmbeddingSettings settings(int threads, int passageQueue, int cueQueue, long cache) {
        return new EmbeddingSettings(Provider.ONNX, threads, passageQueue, cueQueue, cache, Optional.empty());
    }

    private static <T> T get(CompletionStage<T> stage) throws Exception {
        return stage.toCompletableFuture().get(20, TimeUnit.SECONDS);
    }

    private static void assertUnavailable(CompletionStage<?> stage, String why) {
        assertThatThrownBy(() -> get(stage))
                .isInstanceOf(ExecutionException.class)
                .cause()
                .isInstanceOf(EmbeddingUnavailableException.class)
                .hasMessageContaining(why);
    }

    private double count(String name) {
        return metrics.get(name).counters().stream().mapToDouble(c -> c.count()).sum();
    }

    @AfterEach
    void closeAll() {
        encoder.open();
        services.forEach(EmbeddingService::close);
    }

    @Test
    void waiting_cues_go_before_waiting_passages_each_in_order() throws Exception {
        var service = ready(settings(1, 10, 10, 0));
        var all = new ArrayList<CompletionStage<?>>();
        all.add(service.passage("first"));
        await().until(() -> encoder.begun.contains("first"));
        all.add(service.passage("p1"));
        all.add(service.passage("p2"));
        all.add(service.cue("c1"));
        all.add(service.cue("c2"));
        encoder.open();
        for (var stage : all) {
            get(stage);
        }
        assertThat(encoder.begun).containsExactly("first", "c1", "c2", "p1", "p2");
    }

    @Test
    void vectors_carry_the_model_and_cues_its_scale() throws Exception {
        var service = ready(settings(1, 10, 10, 0));
        encoder.open();
        var passage = get(service.passage("four"));
        assertThat(passage.modelId()).isEqualTo(service.modelId()).isEqualTo(EmbeddingModel.ENCODER.id());
        assertThat(passage.bytes()).containsExactly(127, 32, -32);
        assertThat(passage.scale()).isCloseTo((float) (4 / Math.sqrt(18) / 127), offset(1e-6f));
        var cue = get(service.cue("four"));
        assertThat(cue.scale()).isEqualTo(EmbeddingModel.ENCODER.scale());
        assertThat(cue.vector().bytes()).containsExactly(127, 0, -32);
    }

    @Test
    void full_queues_refuse_at_once_and_take_texts_again_later() throws Exception {
        var service = ready(settings(1, 2, 1, 0));
        var first = service.passage("first");
        await().until(() -> encoder.begun.contains("first"));
        var waiting = List.of(service.passage("p1"), service.passage("p2"));
        assertUnavailable(service.passage("p3"), "2 texts wait");
        var cue = service.cue("c1");
        assertUnavailable(service.cue("c2"), "1 search texts wait");
        assertThat(count("engram.embedding.rejected")).isEqualTo(2);
        assertThat(metrics.get("engram.embedding.queue.depth")
                        .tag("purpose", "passage")
                        .gauge()
                        .value())
                .isEqualTo(2);
        encoder.open();
        get(first);
        get(cue);
        for (var stage : waiting) {
            get(stage);
        }
        get(service.passage("p3"));
        get(service.cue("c2"));
    }

    @Test
    void a_cue_is_embedded_once_and_answered_from_the_cache_after_that() throws Exception {
        var service = ready(settings(1, 10, 10, 100_000));
        var first = service.cue("again");
        await().until(() -> encoder.begun.size() == 1);
        encoder.open();
        var vector = get(first);
        assertThat(get(service.cue("again"))).isEqualTo(vector);
        assertThat(encoder.begun).containsExactly("again");
        assertThat(count("engram.embedding.cache.hits")).isEqualTo(1);
        assertThat(count("engram.embedding.cache.misses")).isEqualTo(1);
    }

    @Test
    void a_cue_that_is_asked_again_while_it_waits_is_embedded_once() throws Exception {
        var service = ready(settings(1, 10, 10, 0));
        var busy = service.passage("busy");
        await().until(() -> encoder.begun.contains("busy"));
        var one = service.cue("same");
        var two = service.cue("same");
        encoder.open();
        get(busy);
        assertThat(get(one)).isEqualTo(get(two));
        assertThat(encoder.begun).containsExactly("busy", "same");
    }

    @Test
    void the_cache_holds_no_more_than_its_bound() throws Exception {
        var service = ready(settings(1, 10, 2000, 3_000));
        encoder.open();
        for (int i = 0; i < 1000; i++) {
            get(service.cue("cue number " + i));
        }
        int before = encoder.begun.size();
        for (int i = 0; i < 1000; i++) {
            get(service.cue("cue number " + i));
        }
        assertThat(encoder.begun.size() - before).isGreaterThanOrEqualTo(990);
    }

    @Test
    void without_a_cache_every_cue_is_embedded() throws Exception {
        var service = ready(settings(1, 10, 10, 0));
        encoder.open();
        get(service.cue("again"));
        get(service.cue("again"));
        assertThat(encoder.begun).hasSize(2);
    }

    @Test
    void passages_are_never_cached_nor_merged() throws Exception {
        var service = ready(settings(1, 10, 10, 100_000));
        encoder.open();
        assertThat(get(service.passage("twin"))).isEqualTo(get(service.passage("twin")));
        assertThat(encoder.begun).containsExactly("twin", "twin");
    }

    @Test
    void a_failure_fails_its_own_text_only_and_is_counted() throws Exception {
        var service = ready(settings(1, 10, 10, 100_000));
        encoder.open();
        assertUnavailable(service.passage("bad one"), "no such shape");
        assertUnavailable(service.cue("bad two"), "no such shape");
        assertThat(service.state()).isEqualTo(State.READY);
        assertThat(count("engram.embedding.failures")).isEqualTo(2);
        get(service.passage("good"));
        assertUnavailable(service.cue("bad two"), "no such shape");
        assertThat(count("engram.embedding.failures")).isEqualTo(3);
    }

    @Test
    void two_threads_embed_two_texts_at_the_same_time() throws Exception {
        var service = ready(settings(2, 10, 10, 0));
        var one = service.passage("one");
        var two = service.passage("two");
        await().until(() -> encoder.inside.get() == 2);
        encoder.open();
        get(one);
        get(two);
    }

    @Test
    void a_caller_cannot_complete_what_another_waits_for() throws Exception {
        var service = ready(settings(1, 10, 10, 0));
        var busy = service.passage("busy");
        await().until(() -> encoder.begun.contains("busy"));
        var one = service.cue("same");
        one.toCompletableFuture().cancel(true);
        var two = service.cue("same");
        encoder.open();
        get(busy);
        assertThat(get(two).vector().bytes()).hasSize(3);
    }

    @Test
    void closing_fails_what_waits_finishes_what_is_running_and_frees_the_model_last() throws Exception {
        var service = ready(settings(1, 10, 10, 0));
        var running = service.passage("running");
        await().until(() -> encoder.begun.contains("running"));
        var passage = service.passage("waiting");
        var cue = service.cue("waiting");
        var closer = new Thread(service::close);
        closer.start();
        assertUnavailable(passage, "shutting down");
        assertUnavailable(cue, "shutting down");
        assertThat(encoder.closed).isFalse();
        encoder.open();
        get(running);
        closer.join();
        assertThat(encoder.closed).isTrue();
        assertUnavailable(service.cue("late"), "shutting down");
        assertUnavailable(service.passage("late"), "shutting down");
        assertThat(encoder.begun).containsExactly("running");
    }

    @Test
    void closing_while_the_model_loads_settles_and_frees_it() throws Exception {
        var loading = new CountDownLatch(1);
        var go = new CountDownLatch(1);
        var service = service(EmbeddingSettings.DEFAULT, () -> {
            loading.countDown();
            go.await();
            return encoder;
        });
        service.load();
        loading.await();
        var closer = new Thread(service::close);
        closer.start();
        assertThat(get(service.settled())).isEqualTo(State.UNAVAILABLE);
        go.countDown();
        closer.join();
        assertThat(encoder.closed).isTrue();
    }

    @Test
    void loading_happens_once_in_the_background_and_is_healthy_meanwhile() throws Exception {
        var loads = new AtomicInteger();
        var go = new CountDownLatch(1);
        var service = service(EmbeddingSettings.DEFAULT, () -> {
            loads.incrementAndGet();
            go.await();
            return encoder;
        });
        assertThat(service.state()).isEqualTo(State.LOADING);
        assertUnavailable(service.cue("early"), "loading");
        assertUnavailable(service.passage("early"), "loading");
        assertThat(service.settled().toCompletableFuture()).isNotDone();
        assertThat(service.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(service.health().check().message()).contains("loading");
        service.load();
        service.load();
        go.countDown();
        assertThat(get(service.settled())).isEqualTo(State.READY);
        service.load();
        assertThat(loads).hasValue(1);
        assertThat(service.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(service.health().check().message()).contains("ready");
    }

    @Test
    void whatever_the_loader_throws_makes_it_unavailable_and_degraded() throws Exception {
        for (var failure : List.<Throwable>of(
                new UnsatisfiedLinkError("/tmp/x.so: failed to map segment from shared object"),
                new NoClassDefFoundError("ai/onnxruntime/OrtEnvironment"),
                new ExceptionInInitializerError(new IllegalStateException("Unsupported arch:riscv64")),
                new java.io.IOException("No space left on device"),
                new OutOfMemoryError("Java heap space"))) {
            var service = service(EmbeddingSettings.DEFAULT, () -> {
                throw sneaky(failure);
            });
            service.load();
            assertThat(get(service.settled())).isEqualTo(State.UNAVAILABLE);
            assertThat(service.state()).isEqualTo(State.UNAVAILABLE);
            var cause = failure.getCause() == null ? failure : failure.getCause();
            assertUnavailable(service.cue("text"), String.valueOf(cause.getMessage()));
            assertUnavailable(service.passage("text"), "found by their words");
            var health = service.health().check();
            assertThat(health.status()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(health.message())
                    .contains(cause.getClass().getSimpleName())
                    .contains("noexec")
                    .doesNotContain("\n");
        }
    }

    @SuppressWarnings("unchecked")
    private static <E extends Throwable> RuntimeException sneaky(Throwable failure) throws E {
        throw (E) failure;
    }

    @Test
    void switched_off_it_loads_nothing_and_is_healthy() throws Exception {
        var service = service(EmbeddingSettings.DEFAULT.withProvider(Provider.NONE), () -> {
            throw new AssertionError("loaded");
        });
        service.load();
        assertThat(get(service.settled())).isEqualTo(State.OFF);
        assertThat(service.state()).isEqualTo(State.OFF);
        assertUnavailable(service.cue("text"), "switched off");
        assertUnavailable(service.passage("text"), "switched off");
        assertThat(service.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(service.health().check().message()).contains("off");
    }

    @Test
    void embedding_threads_are_daemons_with_names() throws Exception {
        var service = ready(settings(1, 10, 10, 0));
        var name = new java.util.concurrent.CompletableFuture<Thread>();
        var busy = service.passage("busy");
        busy.thenRun(() -> name.complete(Thread.currentThread()));
        await().until(() -> encoder.begun.contains("busy"));
        encoder.open();
        var thread = get(name);
        assertThat(thread.getName()).isEqualTo("engram-embedding-1");
        assertThat(thread.isDaemon()).isTrue();
    }

    @Test
    void settings_out_of_range_are_refused() {
        assertThatThrownBy(() -> settings(0, 1, 1, 0)).hasMessageContaining("threads");
        assertThatThrownBy(() -> settings(65, 1, 1, 0)).hasMessageContaining("threads");
        assertThatThrownBy(() -> settings(1, 0, 1, 0)).hasMessageContaining("passageQueue");
        assertThatThrownBy(() -> settings(1, 1, 0, 0)).hasMessageContaining("cueQueue");
        assertThatThrownBy(() -> settings(1, 1, 1, -1)).hasMessageContaining("cueCacheBytes");
    }
}
