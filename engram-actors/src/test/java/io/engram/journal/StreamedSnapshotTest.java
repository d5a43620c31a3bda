package io.engram.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.engram.log.LogChange;
import io.engram.log.TestLogs;
import io.engram.snapshot.DamagedSnapshotException;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotArchive;
import io.engram.snapshot.SnapshotDecoder;
import io.engram.snapshot.SnapshotSink;
import io.engram.snapshot.SnapshotSource;
import io.engram.snapshot.StreamedSnapshot;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.SnapshotAdapter;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots that are written while their actor goes on. */
class StreamedSnapshotTest {
    private static final String PERSISTENCE_ID = "Stream|1";

    /** Writing a snapshot takes one; a test that wants to hold it up takes them all first. */
    private static final Semaphore WRITING = new Semaphore(1_000);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Optional<ActorTestKit> kit = Optional.empty();

    /** A text that writes itself, with so much behind it that it becomes a file. */
    record Text(String value) implements StreamedSnapshot {
        @Override
        public String manifest() {
            return "text/1";
        }

        @Override
        public void write(Position position, SnapshotSink sink) throws IOException {
            WRITING.acquireUninterruptibly();
            WRITING.release();
            var text = position.index() + ":" + value + "|" + "-".repeat(SnapshotArchive.SMALL_BYTES);
            sink.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
        }
    }

    /** Reads such texts. */
    public static final class TextDecoder implements SnapshotDecoder {
        @Override
        public String manifest() {
            return "text/1";
        }

        @Override
        public Object read(Position position, SnapshotSource source) throws IOException {
            var all = new ByteArrayOutputStream();
            for (var piece = source.next(); piece.hasRemaining(); piece = source.next()) {
                var bytes = new byte[piece.remaining()];
                piece.get(bytes);
                all.writeBytes(bytes);
            }
            var text = all.toString(StandardCharsets.UTF_8);
            if (!text.startsWith(position.index() + ":")) {
                throw new DamagedSnapshotException("it is of another place");
            }
            return new Text(text.substring(text.indexOf(':') + 1, text.indexOf('|')));
        }
    }

    record Write(String text, ActorRef<String> replyTo) {}

    /** Adds texts up; takes a snapshot after every fifth. */
    static final class Sum extends EventSourcedBehavior<Write, String, String> {
        Sum(String persistenceId) {
            super(PersistenceId.ofUniqueId(persistenceId));
        }

        @Override
        public String emptyState() {
            return "";
        }

        @Override
        public CommandHandler<Write, String, String> commandHandler() {
            return (state, write) -> write.text().isEmpty()
                    ? Effect().none().thenRun(after -> write.replyTo().tell(after))
                    : Effect()
                            .persist(write.text())
                            .thenRun(after -> write.replyTo().tell(after));
        }

        @Override
        public EventHandler<String, String> eventHandler() {
            return (state, event) -> state + event;
        }

        @Override
        public boolean shouldSnapshot(String state, String event, long sequenceNr) {
            return sequenceNr % 5 == 0;
        }

        @Override
        public SnapshotAdapter<String> snapshotAdapter() {
            return new SnapshotAdapter<>() {
                @Override
                public Object toJournal(String state) {
                    return new Text(state);
                }

                @Override
                public String fromJournal(Object from) {
                    return ((Text) from).value();
                }
            };
        }
    }

    private Config config() {
        return ConfigFactory.parseString("""
            pekko.fail-mixed-versions = off
            pekko.loglevel = WARNING
            pekko.actor.provider = local
            pekko.persistence.journal.plugin = "engram.journal"
            pekko.persistence.snapshot-store.plugin = "engram.snapshot-store"
            engram.journal.dir = "%s"
            engram.journal.native-dir = "%s"
            engram.journal.min-free = 0
            engram.snapshot-store.dir = "%s"
            engram.snapshot-store.history = 0
            engram.snapshot-store.decoders = ["%s"]
            """.formatted(
                                folder.resolve("log"),
                                folder.resolve("native"),
                                folder.resolve("snapshots"),
                                TextDecoder.class.getName()))
                .withFallback(ConfigFactory.load());
    }

    @BeforeEach
    void start() {
        kit = Optional.of(ActorTestKit.create("streamed-snapshot-test", config()));
    }

    @AfterEach
    void stop() {
        WRITING.release(1_000 - WRITING.availablePermits());
        kit.ifPresent(ActorTestKit::shutdownTestKit);
        kit = Optional.empty();
    }

    private ActorTestKit kit() {
        return kit.orElseThrow();
    }

    private String write(ActorRef<Write> actor, String text) {
        TestProbe<String> probe = kit().createTestProbe();
        actor.tell(new Write(text, probe.getRef()));
        return probe.receiveMessage();
    }

    private List<Path> files() throws IOException {
        var root = folder.resolve("snapshots");
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (var files = Files.walk(root)) {
            return files.filter(file -> file.toString().endsWith(".snapshot"))
                    .sorted(Comparator.reverseOrder())
                    .toList();
        } catch (UncheckedIOException e) {
            // One of them was just removed.
            return files();
        }
    }

    private JournalRuntime runtime() {
        return JournalRuntime.get(kit().system());
    }

    @Test
    void aSnapshotThatTakesLongStopsNobodyAndOnlyTheNewestOfThoseThatWaitIsWritten() throws IOException {
        ActorRef<Write> sum = kit().spawn(new Sum(PERSISTENCE_ID));
        WRITING.acquireUninterruptibly(1_000);
        for (var i = 0; i < 23; i++) {
            write(sum, "x");
        }
        assertThat(files()).isEmpty();
        WRITING.release(1_000);
        await().until(() -> files().size() == 2);
        assertThat(files())
                .extracting(file -> file.getFileName().toString().substring(0, 19))
                .containsExactly("0000000000000000020", "0000000000000000005");
    }

    @Test
    void theLogGoesBehindTheSnapshotsAndTheActorComesBackFromThem() throws IOException {
        ActorRef<Write> sum = kit().spawn(new Sum(PERSISTENCE_ID));
        var expected = new StringBuilder();
        for (var i = 0; i < 42; i++) {
            expected.append(i).append(' ');
            assertThat(write(sum, i + " ")).isEqualTo(expected.toString());
            var due = i + 1L;
            if (due % 5 == 0) {
                // One after the other, so that none is passed over.
                await().until(() -> !files().isEmpty()
                        && files().getFirst().getFileName().toString().startsWith("%019d".formatted(due)));
            }
        }
        await().until(() -> runtime().store().base(PERSISTENCE_ID).index() == 35);
        await().until(() -> files().size() == 2);
        kit().stop(sum);
        assertThat(write(kit().spawn(new Sum(PERSISTENCE_ID)), "")).isEqualTo(expected.toString());
    }

    @Test
    void aDamagedSnapshotIsPassedOverAndTold() throws IOException {
        ActorRef<Write> sum = kit().spawn(new Sum(PERSISTENCE_ID));
        var expected = new StringBuilder();
        for (var i = 0; i < 12; i++) {
            expected.append(i).append(' ');
            write(sum, i + " ");
            if (i % 5 == 4) {
                var count = i / 5 + 1;
                await().until(() -> files().size() == count);
            }
        }
        kit().stop(sum);
        var newest = files().getFirst();
        var bytes = Files.readAllBytes(newest);
        bytes[bytes.length / 2] ^= 1;
        Files.write(newest, bytes);
        ActorRef<Write> again = kit().spawn(new Sum(PERSISTENCE_ID));
        assertThat(write(again, "")).isEqualTo(expected.toString());
        assertThat(runtime().damagedSnapshots()).containsOnlyKeys(PERSISTENCE_ID);
        assertThat(runtime().damagedSnapshots().get(PERSISTENCE_ID)).contains(newest.toString());
        for (var i = 0; i < 5; i++) {
            write(again, "more ");
        }
        await().until(() -> runtime().damagedSnapshots().isEmpty());
    }

    @Test
    void whereTheSnapshotsAreGoneAndTheLogIsTruncatedRecoveryIsRefused() throws IOException {
        ActorRef<Write> sum = kit().spawn(new Sum(PERSISTENCE_ID));
        for (var i = 0; i < 10; i++) {
            write(sum, "x");
            if (i % 5 == 4) {
                var count = i / 5 + 1;
                await().until(() -> files().size() == count);
            }
        }
        await().until(() -> runtime().store().base(PERSISTENCE_ID).index() == 5);
        kit().stop(sum);
        for (var file : files()) {
            Files.delete(file);
        }
        ActorRef<Write> again = kit().spawn(new Sum(PERSISTENCE_ID));
        TestProbe<String> probe = kit().createTestProbe();
        probe.expectTerminated(again);
    }

    private void sumWithTwoSnapshots() {
        ActorRef<Write> sum = kit().spawn(new Sum(PERSISTENCE_ID));
        for (var i = 0; i < 12; i++) {
            write(sum, i + " ");
            if (i % 5 == 4) {
                var count = i / 5 + 1;
                await().until(() -> files().size() == count);
            }
        }
        kit().stop(sum);
    }

    @Test
    void aLogThatEndsBeforeItsSnapshotHasLostItsEnd() throws IOException {
        sumWithTwoSnapshots();
        TestLogs.await(runtime().store().write(List.of(new LogChange.TruncateAfter(PERSISTENCE_ID, 8))));
        ActorRef<Write> again = kit().spawn(new Sum(PERSISTENCE_ID));
        TestProbe<String> probe = kit().createTestProbe();
        probe.expectTerminated(again);
        assertThat(files()).hasSize(2);
    }

    @Test
    void aSnapshotOfAnotherLogIsPassedOver() throws IOException {
        sumWithTwoSnapshots();
        var store = runtime().store();
        var other = store.entry(PERSISTENCE_ID, 9).orElseThrow().content();
        TestLogs.await(store.write(List.of(new LogChange.TruncateAfter(PERSISTENCE_ID, 8))));
        for (var index = 9; index <= 12; index++) {
            TestLogs.await(store.append(PERSISTENCE_ID, index, List.of(other)));
        }
        assertThat(write(kit().spawn(new Sum(PERSISTENCE_ID)), "")).isEqualTo("0 1 2 3 4 5 6 7 8 8 8 8 ");
        assertThat(runtime().damagedSnapshots().get(PERSISTENCE_ID)).contains("it is of another log");
    }

    @Test
    void aDropWaitsForTheSnapshotThatIsOnItsWay() throws IOException {
        ActorRef<Write> sum = kit().spawn(new Sum(PERSISTENCE_ID));
        WRITING.acquireUninterruptibly(1_000);
        for (var i = 0; i < 12; i++) {
            write(sum, "x");
        }
        kit().stop(sum);
        var dropped = runtime().drop(PERSISTENCE_ID).toCompletableFuture();
        assertThat(dropped).isNotDone();
        WRITING.release(1_000);
        TestLogs.await(dropped);
        assertThat(files()).isEmpty();
        assertThat(write(kit().spawn(new Sum(PERSISTENCE_ID)), "")).isEmpty();
    }
}
