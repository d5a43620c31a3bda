package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.embedding.TextEmbedding.State;
import io.engram.health.HealthStatus;
import io.engram.health.Recovery;
import io.engram.log.LogChange;
import io.engram.log.LogStore;
import io.engram.log.LogStoreSettings;
import io.engram.log.files.StartCheck;
import io.engram.space.SpaceId;
import io.engram.space.SpaceSettings;
import io.engram.trace.Tracing;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StartingNodeTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();

    private NodeSettings settings() {
        return new NodeSettings(
                folder,
                LogStoreSettings.of(folder.resolve("log")).withMinFreeBytes(0),
                SpaceSettings.DEFAULTS,
                List.of(new SpaceId("default")),
                Optional.empty());
    }

    private double figure(String name) {
        return meters.get(name).gauge().value();
    }

    @Test
    void it_says_how_far_it_is_while_the_log_is_read_and_is_ready_afterwards() throws Exception {
        var isReading = new CountDownLatch(1);
        var mayGoOn = new CountDownLatch(1);
        var starting = StartingNode.begin(
                settings(), meters, Tracing.Factory.NONE, InstantSource.system(), (log, figures, recovery) -> {
                    recovery.begin(Recovery.Step.CHECK, 200);
                    recovery.advance(50);
                    isReading.countDown();
                    try {
                        assertThat(mayGoOn.await(60, TimeUnit.SECONDS)).isTrue();
                    } catch (InterruptedException e) {
                        throw new AssertionError(e);
                    }
                    return LogStore.open(log, figures, recovery);
                });
        var opened = CompletableFuture.supplyAsync(() -> starting.open(new WordEmbedding(State.OFF)));
        assertThat(isReading.await(60, TimeUnit.SECONDS)).isTrue();
        var recovery = starting.recovery();
        assertThat(recovery.state().share()).contains(0.25);
        assertThat(recovery.health().check().status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(figure("engram_recovery_progress_ratio")).isEqualTo(0.25);
        assertThat(opened).isNotDone();
        // Doors can stand in it by now.
        assertThat(starting.system().getWhenTerminated().toCompletableFuture()).isNotDone();
        mayGoOn.countDown();
        var node = opened.get(60, TimeUnit.SECONDS);
        try {
            node.ready().toCompletableFuture().get(60, TimeUnit.SECONDS);
            assertThat(node.recovery().isOver()).isTrue();
            assertThat(figure("engram_recovery_progress_ratio")).isEqualTo(1);
            assertThat(figure("engram_recovery_elapsed_seconds")).isPositive();
            assertThat(node.healthChecks())
                    .filteredOn(check -> check.name().equals("recovery"))
                    .singleElement()
                    .satisfies(check -> assertThat(check.check().status()).isEqualTo(HealthStatus.HEALTHY));
        } finally {
            node.stop().toCompletableFuture().get(60, TimeUnit.SECONDS);
        }
    }

    @Test
    void a_log_that_cannot_be_opened_leaves_nothing_behind() throws Exception {
        var starting = StartingNode.begin(
                settings(), meters, Tracing.Factory.NONE, InstantSource.system(), (log, figures, recovery) -> {
                    throw new DataFolderException("it is damaged");
                });
        assertThatThrownBy(() -> starting.open(new WordEmbedding(State.OFF)))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("it is damaged");
        starting.giveUp();
        starting.system().getWhenTerminated().toCompletableFuture().get(60, TimeUnit.SECONDS);
        var node = EngramNode.start(
                settings(), new WordEmbedding(State.OFF), new SimpleMeterRegistry(), InstantSource.system());
        node.stop().toCompletableFuture().get(60, TimeUnit.SECONDS);
    }

    @Test
    void every_byte_that_a_start_reads_is_told() throws Exception {
        var log = folder.resolve("log");
        var settings = LogStoreSettings.of(log).withMinFreeBytes(0).withWriteBufferBytes(1 << 20);
        try (var store = LogStore.open(settings, meters)) {
            for (int i = 1; i <= 40; i++) {
                var value = new byte[100_000];
                value[0] = (byte) i;
                store.write(List.of(new LogChange.PutCell("a", "cell-" + i, value)))
                        .toCompletableFuture()
                        .get(60, TimeUnit.SECONDS);
            }
        }
        var recovery = new Recovery();
        StartCheck.run(log, true, recovery);
        var state = recovery.state();
        assertThat(state.step()).isEqualTo(Recovery.Step.CHECK);
        assertThat(state.unit()).isEqualTo("bytes");
        assertThat(state.total().orElseThrow()).isGreaterThan(3_000_000);
        assertThat(state.done()).isEqualTo(state.total().getAsLong());
        Files.createFile(log.resolve("check-tables"));
        var again = new Recovery();
        LogStore.open(settings, new SimpleMeterRegistry(), again).close();
        assertThat(again.state().step()).isEqualTo(Recovery.Step.OPEN);
    }
}
