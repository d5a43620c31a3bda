package io.engram.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.engram.log.LogChange;
import io.engram.log.LogStore;
import io.engram.log.TestLogs;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotArchive;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Where several nodes keep a log, a snapshot counts only if the log here proves it. */
class ReplicatedRecoveryTest {
    private static final String LOG = "Sum|1";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final Logs logs = new Logs();

    /** The node's store, as if others had a say. */
    private static final class Logs implements EventLogs {
        private Optional<LogStore> store = Optional.empty();
        private final List<Long> kept = new CopyOnWriteArrayList<>();
        private volatile boolean settles = true;

        private EventLogs alone() {
            return EventLogs.of(store.orElseThrow());
        }

        @Override
        public CompletionStage<Void> append(String log, long first, List<LogChange.Content> events) {
            return alone().append(log, first, events);
        }

        @Override
        public CompletionStage<Void> truncateTo(String log, long index) {
            return alone().truncateTo(log, index);
        }

        @Override
        public CompletionStage<Long> last(String log) {
            return alone().last(log);
        }

        @Override
        public CompletionStage<Void> settle(String log, long index) {
            return settles
                    ? CompletableFuture.completedFuture(null)
                    : CompletableFuture.failedFuture(new IllegalStateException("nobody knows"));
        }

        @Override
        public boolean areReplicated() {
            return true;
        }

        @Override
        public void snapshotKept(String log, long index) {
            kept.add(index);
        }
    }

    private <T> T with(Function<ActorSystem<StreamedSnapshotTest.Write>, T> action) {
        try (var store = TestLogs.open(folder.resolve("log"))) {
            logs.store = Optional.of(store);
            var config = ConfigFactory.parseString("""
                pekko.fail-mixed-versions = off
                pekko.loglevel = WARNING
                pekko.actor.provider = local
                pekko.persistence.journal.plugin = "engram.journal"
                pekko.persistence.snapshot-store.plugin = "engram.snapshot-store"
                engram.snapshot-store.dir = "%s"
                engram.snapshot-store.history = 24h
                engram.snapshot-store.decoders = ["%s"]
                """.formatted(
                                    folder.resolve("snapshots"), StreamedSnapshotTest.TextDecoder.class.getName()))
                    .withFallback(ConfigFactory.load());
            var system = ActorSystem.create(
                    new StreamedSnapshotTest.Sum(LOG),
                    "replicated-recovery",
                    ActorSystemSetup.create(
                            BootstrapSetup.create(config), JournalSetup.of(store, logs, new SimpleMeterRegistry())));
            try {
                return action.apply(system);
            } finally {
                system.terminate();
                system.getWhenTerminated()
                        .toCompletableFuture()
                        .orTimeout(60, TimeUnit.SECONDS)
                        .join();
            }
        }
    }

    private static String write(ActorSystem<StreamedSnapshotTest.Write> system, String text) {
        return AskPattern.ask(
                        system,
                        (ActorRef<String> replyTo) -> new StreamedSnapshotTest.Write(text, replyTo),
                        java.time.Duration.ofSeconds(20),
                        system.scheduler())
                .toCompletableFuture()
                .join();
    }

    /** After a start. */
    private String state() {
        return with(system -> write(system, ""));
    }

    private LogStore store() {
        return logs.store.orElseThrow();
    }

    /** A snapshot that says of itself where it stands, with a content that shows when it is used. */
    private void plant(Position position, String content) {
        try {
            var head = new ByteArrayOutputStream();
            try (var out = new DataOutputStream(head)) {
                var manifest = "text/1".getBytes(StandardCharsets.UTF_8);
                out.writeByte(2);
                out.writeInt(4 + manifest.length);
                out.writeInt(manifest.length);
                out.write(manifest);
                out.write((position.index() + ":" + content + "|").getBytes(StandardCharsets.UTF_8));
            }
            new SnapshotArchive(folder.resolve("snapshots"), Optional.empty())
                    .save(LOG, position, 1L << 50, sink -> sink.write(ByteBuffer.wrap(head.toByteArray())));
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }

    private Position at(long index) {
        var point = store().point(LOG, index).orElseThrow();
        return new Position(index, point.epoch(), point.checksum());
    }

    @Test
    void a_snapshot_is_used_if_the_log_proves_it_and_only_then() {
        var all = with(system -> {
            var last = "";
            for (var i = 0; i < 12; i++) {
                last = write(system, "<" + i + ">");
            }
            await().until(() -> logs.kept.equals(List.of(5L, 10L)));
            plant(new Position(11, at(11).epoch(), at(11).checksum() ^ 1), "another log");
            plant(Position.of(12), "nobody knows which log");
            plant(new Position(40, 1, 7), "beyond");
            return last;
        });
        assertThat(state()).isEqualTo(all);
        // One that is proven is taken at its word: this is how one sees that the others were not.
        with(system -> {
            write(system, "");
            plant(at(11), "proven ");
            return true;
        });
        // Of two at one index the later counts.
        with(system -> {
            try {
                var archive = new SnapshotArchive(folder.resolve("snapshots"), Optional.empty());
                for (var id : archive.list(LOG)) {
                    if (id.index() == 12 || id.index() == 40) {
                        archive.delete(LOG, id);
                    }
                }
                return true;
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        });
        assertThat(state()).isEqualTo("proven <11>");
    }

    @Test
    void no_snapshot_is_kept_of_what_may_still_be_replaced() {
        logs.settles = false;
        with(system -> {
            for (var i = 0; i < 5; i++) {
                write(system, "x");
            }
            logs.settles = true;
            for (var i = 0; i < 5; i++) {
                write(system, "x");
            }
            await().until(() -> logs.kept.equals(List.of(10L)));
            return true;
        });
    }
}
