package io.engram.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import io.engram.log.LogFailedException;
import io.engram.log.TestLogs;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.testkit.typed.javadsl.TestProbe;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.persistence.typed.PersistenceId;
import org.apache.pekko.persistence.typed.javadsl.CommandHandler;
import org.apache.pekko.persistence.typed.javadsl.EventHandler;
import org.apache.pekko.persistence.typed.javadsl.EventSourcedBehavior;
import org.apache.pekko.persistence.typed.javadsl.RetentionCriteria;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The plugins under real persistent actors. */
class PluginTest {
    private static final String PERSISTENCE_ID = "Diary|Ünïcode/..";
    /** With it in the diary its snapshots become files. */
    private static final String LARGE = "-".repeat(100_000);

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private Optional<ActorTestKit> kit = Optional.empty();

    /** A diary of texts. */
    private sealed interface Command {}

    private record Write(List<String> texts, ActorRef<Integer> replyTo) implements Command {}

    private record Read(ActorRef<String> replyTo) implements Command {}

    private record Stop(ActorRef<String> replyTo) implements Command {}

    /** Remembers all texts; events and state are plain strings, which Pekko serializes by itself. */
    private static final class Diary extends EventSourcedBehavior<Command, String, String> {
        private final int snapshotEvery;

        private Diary(int snapshotEvery) {
            super(PersistenceId.ofUniqueId(PERSISTENCE_ID));
            this.snapshotEvery = snapshotEvery;
        }

        static Behavior<Command> create(int snapshotEvery) {
            return new Diary(snapshotEvery);
        }

        @Override
        public String emptyState() {
            return "";
        }

        @Override
        public CommandHandler<Command, String, String> commandHandler() {
            return (state, command) -> switch (command) {
                case Write write ->
                    Effect()
                            .persist(write.texts())
                            .thenRun(after -> write.replyTo().tell(after.length()));
                case Read read ->
                    Effect().none().thenRun(after -> read.replyTo().tell(after));
                case Stop stop ->
                    Effect().none().thenRun(after -> stop.replyTo().tell("")).thenStop();
            };
        }

        @Override
        public EventHandler<String, String> eventHandler() {
            return (state, event) -> state + event;
        }

        @Override
        public RetentionCriteria retentionCriteria() {
            return snapshotEvery == 0
                    ? RetentionCriteria.disabled()
                    : RetentionCriteria.snapshotEvery(snapshotEvery, 2).withDeleteEventsOnSnapshot();
        }

        @Override
        public Set<String> tagsFor(String event) {
            return Set.of("diary", event);
        }
    }

    private Config config() {
        return ConfigFactory.parseString(
                        """
                        pekko.fail-mixed-versions = off
                        pekko.loglevel = WARNING
                        pekko.actor.provider = local
                        pekko.persistence.journal.plugin = "engram.journal"
                        pekko.persistence.snapshot-store.plugin = "engram.snapshot-store"
                        engram.journal.dir = "%s"
                        engram.journal.native-dir = "%s"
                        engram.journal.min-free = 0
                        engram.snapshot-store.dir = "%s"
                        """.formatted(folder.resolve("log"), folder.resolve("native"), folder.resolve("snapshots")))
                .withFallback(ConfigFactory.load());
    }

    private ActorTestKit start() {
        var started = ActorTestKit.create("plugin-test", config());
        kit = Optional.of(started);
        return started;
    }

    @AfterEach
    void stop() {
        kit.ifPresent(ActorTestKit::shutdownTestKit);
        kit = Optional.empty();
    }

    private static void write(ActorTestKit system, ActorRef<Command> diary, String... texts) {
        TestProbe<Integer> probe = system.createTestProbe();
        diary.tell(new Write(List.of(texts), probe.getRef()));
        probe.receiveMessage();
    }

    private static String read(ActorTestKit system, ActorRef<Command> diary) {
        TestProbe<String> probe = system.createTestProbe();
        diary.tell(new Read(probe.getRef()));
        return probe.receiveMessage();
    }

    private static void end(ActorTestKit system, ActorRef<Command> diary) {
        TestProbe<String> probe = system.createTestProbe();
        diary.tell(new Stop(probe.getRef()));
        probe.receiveMessage();
        probe.expectTerminated(diary);
    }

    private List<Path> snapshotFiles() throws IOException {
        var root = folder.resolve("snapshots");
        if (!Files.isDirectory(root)) {
            return List.of();
        }
        try (var files = Files.walk(root)) {
            return files.filter(Files::isRegularFile)
                    .sorted(Comparator.reverseOrder())
                    .toList();
        }
    }

    @Test
    void anActorComesBackAfterARestartOfTheSystem() {
        var first = start();
        write(first, first.spawn(Diary.create(0)), "a", "b");
        stop();
        var second = start();
        var diary = second.spawn(Diary.create(0));
        assertThat(read(second, diary)).isEqualTo("ab");
        write(second, diary, "c");
        stop();
        var third = start();
        assertThat(read(third, third.spawn(Diary.create(0)))).isEqualTo("abc");
    }

    @Test
    void aLongReplayComesThroughInOrder() {
        var system = start();
        var diary = system.spawn(Diary.create(0));
        var expected = new StringBuilder();
        for (var i = 0; i < 20; i++) {
            var texts = new ArrayList<String>();
            for (var j = 0; j < 100; j++) {
                texts.add(i + "." + j + " ");
            }
            texts.forEach(expected::append);
            write(system, diary, texts.toArray(String[]::new));
        }
        end(system, diary);
        assertThat(read(system, system.spawn(Diary.create(0)))).isEqualTo(expected.toString());
    }

    @Test
    void ofTwoActorsWithOneLogTheSecondWriterIsStopped() {
        var system = start();
        var one = system.spawn(Diary.create(0));
        var two = system.spawn(Diary.create(0));
        assertThat(read(system, one)).isEmpty();
        assertThat(read(system, two)).isEmpty();
        write(system, one, "one");
        TestProbe<Integer> probe = system.createTestProbe();
        two.tell(new Write(List.of("two"), probe.getRef()));
        probe.expectTerminated(two);
        write(system, one, "more");
        end(system, one);
        assertThat(read(system, system.spawn(Diary.create(0)))).isEqualTo("onemore");
    }

    /** What is kept for a while is counted by these times. */
    @Test
    void entriesHaveTheTimeAtWhichTheyWereWritten() {
        var system = start();
        var diary = system.spawn(Diary.create(0));
        var before = Instant.now().truncatedTo(ChronoUnit.MICROS);
        write(system, diary, "one", "two");
        write(system, diary, "three");
        var after = Instant.now();
        var store = JournalRuntime.get(system.system()).store();
        for (var index = 1; index <= 3; index++) {
            var micros = store.entry(PERSISTENCE_ID, index).orElseThrow().timeMicros();
            assertThat(Instant.EPOCH.plus(micros, ChronoUnit.MICROS)).isBetween(before, after);
        }
    }

    @Test
    void snapshotsBoundTheReplayAndTwoAreKept() throws IOException {
        var system = start();
        var diary = system.spawn(Diary.create(5));
        write(system, diary, LARGE);
        for (var i = 0; i < 32; i++) {
            write(system, diary, i + " ");
        }
        var store = JournalRuntime.get(system.system()).store();
        await().until(() -> store.base(PERSISTENCE_ID).index() >= 15);
        await().until(() -> snapshotFiles().size() == 2);
        var state = read(system, diary);
        end(system, diary);
        assertThat(read(system, system.spawn(Diary.create(5)))).isEqualTo(state);
    }

    @Test
    void aDamagedSnapshotIsPassedOverForTheOlderOne() throws IOException {
        var system = start();
        var diary = system.spawn(Diary.create(5));
        write(system, diary, LARGE);
        for (var i = 0; i < 32; i++) {
            write(system, diary, i + " ");
        }
        await().until(() -> snapshotFiles().size() == 2);
        var state = read(system, diary);
        end(system, diary);
        damage(snapshotFiles().getFirst());
        assertThat(read(system, system.spawn(Diary.create(0)))).isEqualTo(state);
    }

    @Test
    void whereNoSnapshotIsLeftAndEventsAreGoneRecoveryIsRefused() throws IOException {
        var system = start();
        var diary = system.spawn(Diary.create(5));
        write(system, diary, LARGE);
        for (var i = 0; i < 32; i++) {
            write(system, diary, i + " ");
        }
        var store = JournalRuntime.get(system.system()).store();
        await().until(() -> store.base(PERSISTENCE_ID).index() >= 15);
        await().until(() -> snapshotFiles().size() == 2);
        end(system, diary);
        for (var file : snapshotFiles()) {
            damage(file);
        }
        TestProbe<String> probe = system.createTestProbe();
        var again = system.spawn(Diary.create(0));
        again.tell(new Read(probe.getRef()));
        probe.expectTerminated(again);
    }

    @Test
    void whatIsDroppedIsGoneAndMayBeDroppedAgain() throws IOException {
        var system = start();
        var diary = system.spawn(Diary.create(5));
        write(system, diary, LARGE);
        for (var i = 0; i < 12; i++) {
            write(system, diary, i + " ");
        }
        await().until(() -> !snapshotFiles().isEmpty());
        end(system, diary);
        var maintenance = JournalRuntime.get(system.system()).maintenance();
        TestLogs.await(maintenance.drop(PERSISTENCE_ID));
        TestLogs.await(maintenance.drop(PERSISTENCE_ID));
        assertThat(snapshotFiles()).isEmpty();
        try (var left = Files.list(folder.resolve("snapshots"))) {
            assertThat(left).isEmpty();
        }
        var again = system.spawn(Diary.create(5));
        assertThat(read(system, again)).isEmpty();
        write(system, again, "new");
        assertThat(read(system, again)).isEqualTo("new");
    }

    @Test
    void aStoreMayBeHandedInAndStaysOpen() {
        try (var store = TestLogs.open(folder.resolve("mine"))) {
            var setup = org.apache.pekko.actor.setup.ActorSystemSetup.create(
                    JournalSetup.of(store, new SimpleMeterRegistry()),
                    org.apache.pekko.actor.BootstrapSetup.create(config()));
            var system = org.apache.pekko.actor.ActorSystem.create("handed-in", setup);
            try {
                assertThat(JournalRuntime.get(system).store()).isSameAs(store);
            } finally {
                org.apache.pekko.testkit.javadsl.TestKit.shutdownActorSystem(system);
            }
            TestLogs.appendAll(store, "still", 1, "open");
        }
    }

    @Test
    void aFailedLogStopsTheSystem() {
        var failing = TestLogs.failing(folder.resolve("mine"));
        try (var store = failing.store()) {
            var setup = org.apache.pekko.actor.setup.ActorSystemSetup.create(
                    JournalSetup.of(store, new SimpleMeterRegistry()),
                    org.apache.pekko.actor.BootstrapSetup.create(config()));
            var system = org.apache.pekko.actor.ActorSystem.create("fails", setup);
            assertThat(JournalRuntime.get(system).store()).isSameAs(store);
            failing.failNext().set(new IllegalStateException("input/output error"));
            assertThatThrownBy(() -> TestLogs.appendAll(store, "a", 1, "x")).isInstanceOf(LogFailedException.class);
            TestLogs.await(system.getWhenTerminated());
        }
    }

    private static void damage(Path file) throws IOException {
        var bytes = Files.readAllBytes(file);
        bytes[bytes.length - 10] ^= 1;
        Files.write(file, bytes);
    }
}
