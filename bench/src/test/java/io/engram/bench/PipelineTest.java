package io.engram.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;

/** The instrument that drives what runs in this process, in front of operations whose end the test decides. */
class PipelineTest {
    private final Queue<CompletableFuture<Void>> underWay = new ConcurrentLinkedQueue<>();
    private final ConcurrentHashMap<String, Boolean> begun = new ConcurrentHashMap<>();

    private CompletableFuture<Void> begin(int thread, long number) {
        begun.put(thread + "/" + number, true);
        var operation = new CompletableFuture<Void>();
        underWay.add(operation);
        return operation;
    }

    private void finishOne() {
        var operation = underWay.poll();
        assertThat(operation).isNotNull();
        if (operation != null) {
            operation.complete(null);
        }
    }

    @Test
    void no_more_operations_are_under_way_than_asked_for_and_no_fewer() {
        var pipeline = Pipeline.start(2, 6, this::begin);
        await().until(() -> underWay.size() == 6);
        assertThat(begun).containsKeys("0/0", "0/1", "0/2", "1/0", "1/1", "1/2").hasSize(6);
        assertThat(pipeline.completed()).isZero();

        finishOne();
        await().until(() -> begun.size() == 7);
        assertThat(underWay).hasSize(6);
        assertThat(pipeline.completed()).isEqualTo(1);

        finishAllWhile(pipeline);
        assertThat(pipeline.completed()).isEqualTo(begun.size());
    }

    /** Closing waits for what is under way, so that somebody must end it meanwhile. */
    private void finishAllWhile(Pipeline pipeline) {
        var closing = CompletableFuture.runAsync(pipeline::close);
        await().until(() -> {
            for (var operation = underWay.poll(); operation != null; operation = underWay.poll()) {
                operation.complete(null);
            }
            return closing.isDone();
        });
        closing.join();
    }

    @Test
    void a_bounded_pipeline_begins_so_many_operations_and_ends() throws InterruptedException {
        var pipeline = Pipeline.start(3, 3, 10, (thread, number) -> {
            begun.put(thread + "/" + number, true);
            return CompletableFuture.completedFuture(null);
        });
        try (pipeline) {
            pipeline.awaitBegun();
        }
        assertThat(begun).hasSize(30).containsKeys("0/9", "2/9").doesNotContainKey("0/10");
        assertThat(pipeline.completed()).isEqualTo(30);
    }

    @Test
    void a_failed_operation_stops_the_measurement() {
        var pipeline = Pipeline.start(
                1,
                1,
                (_, number) -> number == 3
                        ? CompletableFuture.failedFuture(new IllegalStateException("wrong content"))
                        : CompletableFuture.completedFuture(null));
        assertThatThrownBy(() -> pipeline.goOn(60)).hasMessageContaining("wrong content");
        assertThatThrownBy(pipeline::close).hasMessageContaining("wrong content");
        assertThat(pipeline.completed()).isEqualTo(3);
    }

    @Test
    void an_operation_that_cannot_begin_stops_it_too() {
        var pipeline = Pipeline.start(1, 4, (_, number) -> {
            throw new IllegalArgumentException("no such log");
        });
        assertThatThrownBy(() -> pipeline.goOn(60)).hasMessageContaining("no such log");
        assertThatThrownBy(pipeline::close).hasMessageContaining("no such log");
    }

    @Test
    void operations_that_cannot_be_divided_among_the_threads_are_refused() {
        assertThatThrownBy(() -> Pipeline.start(4, 6, this::begin)).hasMessageContaining("6");
    }
}
