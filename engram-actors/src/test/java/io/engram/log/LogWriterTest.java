package io.engram.log;

import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.records;
import static io.engram.log.TestLogs.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.health.HealthStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogWriterTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicReference<GatedStore> gated = new AtomicReference<>();

    private LogStore gatedStore(LogStoreSettings settings) {
        return LevelLogStore.open(settings, meters, store -> {
            var gate = new GatedStore(store, 0);
            gated.set(gate);
            return gate;
        });
    }

    private void awaitForcedWriteBegun() {
        gated.get().waiting.acquireUninterruptibly();
    }

    @Test
    void whatComesDuringAForcedWriteSharesTheNext() {
        try (var store = gatedStore(settings(folder))) {
            var all = new ArrayList<CompletionStage<Void>>();
            all.add(store.append("first", 1, records("x")));
            awaitForcedWriteBegun();
            for (var i = 0; i < 100; i++) {
                all.add(store.append("log" + i, 1, records("x")));
                all.add(store.append("log" + i, 2, records("y", "z")));
            }
            assertThat(all)
                    .allSatisfy(stage -> assertThat(stage.toCompletableFuture()).isNotDone());
            gated.get().pass(2);
            all.forEach(TestLogs::await);
            assertThat(gated.get().forcedWrites()).hasSize(2);
            assertThat(meters.get("engram.journal.forced.writes").counter().count())
                    .isEqualTo(2);
            assertThat(meters.get("engram.journal.batch.records").summary().max())
                    .isEqualTo(300);
            assertThat(meters.get("engram.journal.batch.records").summary().totalAmount())
                    .isEqualTo(301);
            assertThat(meters.get("engram.journal.queue.depth").gauge().value()).isZero();
            assertThat(readAll(store, "log42")).containsExactly("x", "y", "z");
        }
    }

    @Test
    void aBatchKeepsWithinItsBounds() {
        try (var store = gatedStore(settings(folder).withMaxBatch(10, 4096))) {
            var all = new ArrayList<CompletionStage<Void>>();
            all.add(store.append("first", 1, records("x")));
            awaitForcedWriteBegun();
            for (var i = 1; i <= 25; i++) {
                all.add(store.append("a", i, records("x")));
            }
            for (var i = 1; i <= 4; i++) {
                all.add(store.append("b", i, List.of(new byte[1500])));
            }
            all.add(store.append("c", 1, List.of(new byte[10_000])));
            gated.get().pass(100);
            all.forEach(TestLogs::await);
            // 1, then 10 + 10 + (5 small and 2 large by bytes) + 2 large + the huge one alone.
            assertThat(meters.get("engram.journal.batch.records").summary().count())
                    .isEqualTo(6);
            assertThat(meters.get("engram.journal.batch.records").summary().max())
                    .isEqualTo(10);
        }
    }

    @Test
    void aFullQueueRefusesAtOnceAndTakesAgainWhenItIsEmptier() {
        try (var store = gatedStore(settings(folder).withMaxBatch(10, 4096).withMaxQueue(10, 100_000))) {
            var all = new ArrayList<CompletionStage<Void>>();
            for (var i = 1; i <= 10; i++) {
                all.add(store.append("a", i, records("x")));
            }
            assertThatThrownBy(() -> await(store.append("a", 11, records("x"))))
                    .isInstanceOf(LogOverloadedException.class)
                    .hasMessageContaining("10 records");
            assertThat(meters.get("engram.journal.failures").counter().count()).isEqualTo(1);
            gated.get().pass(100);
            all.forEach(TestLogs::await);
            await(store.append("a", 11, records("x")));
            assertThat(await(store.last("a")).index()).isEqualTo(11);
        }
    }

    @Test
    void theQueueIsBoundedInBytes() {
        try (var store = gatedStore(settings(folder).withMaxBatch(10, 4096).withMaxQueue(1000, 10_000))) {
            var first = store.append("a", 1, List.of(new byte[9_000]));
            assertThatThrownBy(() -> await(store.append("a", 2, List.of(new byte[2_000]))))
                    .isInstanceOf(LogOverloadedException.class);
            gated.get().pass(100);
            await(first);
            await(store.append("a", 2, List.of(new byte[2_000])));
        }
    }

    @Test
    void theHighestSequenceCountsWhatIsOnItsWay() {
        try (var store = gatedStore(settings(folder))) {
            var append = store.append("a", 1, records("x", "y"));
            var highest = store.last("a");
            assertThat(highest.toCompletableFuture()).isNotDone();
            // What is not forced is not read.
            assertThat(readAll(store, "a")).isEmpty();
            gated.get().pass(1);
            await(append);
            assertThat(await(highest).index()).isEqualTo(2);
        }
    }

    @Test
    void ofTwoWritersAtOnceOneIsRefused() {
        try (var store = gatedStore(settings(folder))) {
            var blocker = store.append("blocker", 1, records("x"));
            awaitForcedWriteBegun();
            var one = store.append("a", 1, records("from one"));
            var two = store.append("a", 1, records("from two"));
            gated.get().pass(100);
            await(blocker);
            await(one);
            assertThatThrownBy(() -> await(two)).isInstanceOf(StaleWriterException.class);
            assertThat(readAll(store, "a")).containsExactly("from one");
        }
    }

    @Test
    void anAppendThatWaitsBehindADropIsRefused() {
        try (var store = gatedStore(settings(folder))) {
            gated.get().pass(1);
            await(store.append("a", 1, records("x")));
            awaitForcedWriteBegun();
            var blocker = store.append("blocker", 1, records("x"));
            awaitForcedWriteBegun();
            var dropped = store.drop("a");
            var late = store.append("a", 2, records("late"));
            gated.get().pass(100);
            await(blocker);
            await(dropped);
            assertThatThrownBy(() -> await(late)).isInstanceOf(StaleWriterException.class);
            assertThat(store.logs("", "", 10)).containsExactly("blocker");
        }
    }

    @Test
    void aFailedForceEndsTheWriterForGood() {
        var store = gatedStore(settings(folder));
        try {
            gated.get().pass(1);
            await(store.append("a", 1, records("kept")));
            awaitForcedWriteBegun();
            var failing = store.append("a", 2, records("lost"));
            awaitForcedWriteBegun();
            var behind = store.append("b", 1, records("waits"));
            gated.get().failNext.set(new IllegalStateException("input/output error"));
            gated.get().pass(100);
            assertThatThrownBy(() -> await(failing))
                    .isInstanceOf(LogFailedException.class)
                    .hasMessageContaining("input/output error");
            assertThatThrownBy(() -> await(behind)).isInstanceOf(LogFailedException.class);
            assertThat(await(store.failed())).hasMessageContaining("input/output error");
            assertThatThrownBy(() -> await(store.append("a", 2, records("later"))))
                    .isInstanceOf(LogFailedException.class);
            assertThatThrownBy(() -> await(store.last("a")).index()).isInstanceOf(LogFailedException.class);
            assertThat(store.health().getFirst().check().status()).isEqualTo(HealthStatus.UNHEALTHY);
            assertThat(readAll(store, "a")).containsExactly("kept");
        } finally {
            store.close();
        }
        try (var again = open(folder)) {
            assertThat(readAll(again, "a")).containsExactly("kept");
        }
    }

    @Test
    void aFailureAnswersAlsoWhatDidNotFitIntoTheBatch() {
        try (var store = gatedStore(settings(folder).withMaxBatch(2, 4096))) {
            var all = new ArrayList<CompletionStage<Void>>();
            for (var i = 1; i <= 4; i++) {
                all.add(store.append("a" + i, 1, records("x", "y")));
            }
            awaitForcedWriteBegun();
            gated.get().failNext.set(new IllegalStateException("input/output error"));
            gated.get().pass(100);
            assertThat(all)
                    .allSatisfy(stage -> assertThatThrownBy(() -> await(stage)).isInstanceOf(LogFailedException.class));
        }
    }

    @Test
    void aFailedRemovalEndsTheWriterToo() {
        var store = gatedStore(settings(folder));
        try {
            gated.get().pass(100);
            await(store.append("a", 1, records("x", "y")));
            gated.get().failNextRemoval.set(new IllegalStateException("disk gone"));
            assertThatThrownBy(() -> await(store.drop("a"))).isInstanceOf(LogFailedException.class);
            assertThat(await(store.failed())).isInstanceOf(LogFailedException.class);
        } finally {
            store.close();
        }
    }

    @Test
    void closingFinishesWhatWaits() throws InterruptedException {
        var store = gatedStore(settings(folder));
        var all = new ArrayList<CompletionStage<Void>>();
        for (var i = 1; i <= 50; i++) {
            all.add(store.append("a", i, records("x" + i)));
        }
        var closing = Thread.ofPlatform().start(store::close);
        gated.get().pass(100);
        closing.join();
        all.forEach(TestLogs::await);
        try (var again = open(folder)) {
            assertThat(readAll(again, "a")).hasSize(50);
        }
    }

    @Test
    void anAlmostFullDiskRefusesAppendsAndOnlyThose() throws IOException {
        try (var store = open(folder)) {
            TestLogs.appendAll(store, "a", 1, "x", "y");
        }
        try (var store = open(
                settings(folder).withMinFreeBytes(Files.getFileStore(folder).getUsableSpace() * 2))) {
            assertThatThrownBy(() -> await(store.append("a", 3, records("z")))).isInstanceOf(LogFullException.class);
            assertThat(store.health().getFirst().check().status()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(readAll(store, "a")).containsExactly("x", "y");
            await(store.truncateTo("a", 1));
            assertThat(readAll(store, "a")).containsExactly("y");
        }
    }

    @Test
    void aDiskThatTakesNoMoreRefusesUntilThereIsRoomAndReadsGoOn() {
        try (var store = gatedStore(settings(folder))) {
            gated.get().pass(1_000);
            await(store.append("a", 1, records("kept")));
            gated.get()
                    .failNext
                    .set(DatabaseException.of(new IOException("IO error: 000003.log: No space left on device")));
            assertThatThrownBy(() -> await(store.append("a", 2, records("unknown"))))
                    .isInstanceOf(LogOutcomeUnknownException.class)
                    .hasMessageContaining("not known");
            assertThat(readAll(store, "a")).containsExactly("kept");
            // The probe file finds room at once, so that the log goes on from what the disk holds.
            org.awaitility.Awaitility.await().until(() -> store.refusal().isEmpty());
            await(store.append("a", 2, records("next")));
            assertThat(readAll(store, "a")).containsExactly("kept", "next");
            assertThat(store.failed().toCompletableFuture()).isNotDone();
        }
        try (var again = open(folder)) {
            assertThat(readAll(again, "a")).containsExactly("kept", "next");
        }
    }

    @Test
    void aDatabaseThatMetDamageIsOpenedAnewOnceAndNotForEver() {
        try (var store = gatedStore(settings(folder))) {
            gated.get().pass(1_000);
            await(store.append("a", 1, records("kept")));
            gated.get().failNext.set(DatabaseException.of(new IOException("Corruption: block checksum mismatch")));
            assertThatThrownBy(() -> await(store.append("a", 2, records("unknown"))))
                    .isInstanceOf(LogOutcomeUnknownException.class);
            org.awaitility.Awaitility.await().until(() -> store.refusal().isEmpty());
            await(store.append("a", 2, records("next")));
            assertThat(readAll(store, "a")).containsExactly("kept", "next");

            gated.get().failNext.set(DatabaseException.of(new IOException("Corruption: block checksum mismatch")));
            assertThatThrownBy(() -> await(store.append("a", 3, records("unknown"))))
                    .isInstanceOf(LogFailedException.class);
            assertThat(await(store.failed())).hasMessageContaining("Corruption");
        }
    }
}
