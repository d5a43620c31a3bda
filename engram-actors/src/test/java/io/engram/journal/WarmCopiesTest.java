package io.engram.journal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.engram.log.LogStore;
import io.engram.log.TestLogs;
import io.engram.snapshot.WarmState;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class WarmCopiesTest {
    private static final String LOG = "Sum|1";
    private static final String OTHER = "Sum|2";
    private static final long PLENTY = 1 << 20;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private Optional<LogStore> store = Optional.empty();
    private Optional<ActorSystem<To>> system = Optional.empty();

    /** A write to one of two sums. */
    private record To(String log, StreamedSnapshotTest.Write write) {}

    /** Adds texts up, like the actor that writes the log. */
    private static final class WarmText implements WarmState {
        private String text;
        private long notInSnapshot = -1;

        WarmText(String text) {
            this.text = text;
        }

        @Override
        public void apply(Object event) {
            text += event;
            if (event.equals(failsAt)) {
                throw new IllegalArgumentException("as if it could not be applied");
            }
        }

        @Override
        public Object view() {
            return text;
        }

        @Override
        public void notInSnapshot(long events) {
            notInSnapshot = events;
        }
    }

    private static volatile String failsAt = "";

    private static final WarmState.Kind KIND = new WarmState.Kind() {
        @Override
        public WarmState empty() {
            return new WarmText("");
        }

        @Override
        public WarmState of(Object snapshot) {
            return new WarmText(((StreamedSnapshotTest.Text) snapshot).value());
        }
    };

    private static Behavior<To> both() {
        return Behaviors.setup(context -> {
            var one = context.spawn(new StreamedSnapshotTest.Sum(LOG), "one");
            var other = context.spawn(new StreamedSnapshotTest.Sum(OTHER), "other");
            return Behaviors.receiveMessage(to -> {
                (to.log().equals(LOG) ? one : other).tell(to.write());
                return Behaviors.same();
            });
        });
    }

    @BeforeEach
    void start() {
        var log = TestLogs.open(folder.resolve("log"));
        store = Optional.of(log);
        var config = ConfigFactory.parseString(
                        """
                        pekko.fail-mixed-versions = off
                        pekko.loglevel = WARNING
                        pekko.actor.provider = local
                        pekko.persistence.journal.plugin = "engram.journal"
                        pekko.persistence.snapshot-store.plugin = "engram.snapshot-store"
                        engram.snapshot-store.dir = "%s"
                        engram.snapshot-store.history = 24h
                        engram.snapshot-store.decoders = ["%s"]
                        """.formatted(folder.resolve("snapshots"), StreamedSnapshotTest.TextDecoder.class.getName()))
                .withFallback(ConfigFactory.load());
        system = Optional.of(ActorSystem.create(
                both(),
                "warm-copies",
                ActorSystemSetup.create(BootstrapSetup.create(config), JournalSetup.of(log, meters))));
    }

    @AfterEach
    void stop() {
        system.ifPresent(each -> {
            each.terminate();
            each.getWhenTerminated()
                    .toCompletableFuture()
                    .orTimeout(60, TimeUnit.SECONDS)
                    .join();
        });
        store.ifPresent(LogStore::close);
    }

    private JournalRuntime runtime() {
        return JournalRuntime.get(system.orElseThrow());
    }

    private WarmCopies copies(long budget) {
        return runtime().keepWarm(KIND, budget, Duration.ofMinutes(5), meters);
    }

    private void write(String log, int from, int to) {
        for (var i = from; i <= to; i++) {
            var text = "<" + i + ">";
            AskPattern.ask(
                            system.orElseThrow(),
                            (ActorRef<String> replyTo) -> new To(log, new StreamedSnapshotTest.Write(text, replyTo)),
                            Duration.ofSeconds(20),
                            system.orElseThrow().scheduler())
                    .toCompletableFuture()
                    .join();
        }
    }

    private static String texts(int to) {
        var all = new StringBuilder();
        for (var i = 1; i <= to; i++) {
            all.append('<').append(i).append('>');
        }
        return all.toString();
    }

    private double figure(String name) {
        return meters.get(name).meters().stream()
                .mapToDouble(meter -> meter.measure().iterator().next().getValue())
                .sum();
    }

    @Test
    void a_copy_follows_what_is_committed_and_is_given_away_once() {
        try (var copies = copies(PLENTY)) {
            write(LOG, 1, 12);
            copies.committed(LOG, 3);
            assertThat(copies.take(LOG, 12))
                    .as("nothing new of it was committed")
                    .isEmpty();
            copies.committed(LOG, 11);
            copies.committed(LOG, 12);
            await().untilAsserted(() ->
                    assertThat(figure("engram_cluster_warm_copies")).isOne());
            await().untilAsserted(() ->
                    assertThat(figure("engram_cluster_warm_copies_bytes")).isGreaterThan(50));
            await().pollDelay(Duration.ofMillis(300)).until(() -> true);
            var taken = copies.take(LOG, 12).orElseThrow();
            assertThat(taken.metadata().sequenceNr()).isEqualTo(12);
            assertThat(((WarmText) taken.snapshot()).text).isEqualTo(texts(12));
            assertThat(((WarmText) taken.snapshot()).notInSnapshot)
                    .as("the last snapshot was taken at 10")
                    .isEqualTo(2);
            assertThat(copies.take(LOG, 12)).isEmpty();
            assertThat(figure("engram_cluster_warm_copies")).isZero();
            assertThat(figure("engram_cluster_warm_copies_bytes")).isZero();
            assertThat(figure("engram_cluster_warm_copies_taken_total")).isOne();
        }
    }

    @Test
    void nobody_gets_a_copy_that_goes_further_than_the_log_is_good_for() {
        try (var copies = copies(PLENTY)) {
            write(LOG, 1, 7);
            assertThat(copies.view(LOG, 7).state()).isEqualTo(texts(7));
            assertThat(copies.take(LOG, 6)).isEmpty();
        }
    }

    @Test
    void a_view_shows_what_is_committed_and_no_more_and_stays_as_it_is() {
        try (var copies = copies(PLENTY)) {
            write(LOG, 1, 7);
            var view = copies.view(LOG, 6);
            assertThat(view.index()).isEqualTo(6);
            assertThat(view.state()).isEqualTo(texts(6));
            write(LOG, 8, 9);
            assertThat(copies.view(LOG, 9).state()).isEqualTo(texts(9));
            assertThat(view.state()).isEqualTo(texts(6));
            assertThat(copies.view(LOG, 3).index())
                    .as("what was committed stays so")
                    .isEqualTo(9);
        }
    }

    @Test
    void a_copy_that_is_overtaken_by_the_end_of_the_log_goes_on_from_the_snapshot() {
        try (var copies = copies(PLENTY)) {
            write(LOG, 1, 3);
            assertThat(copies.view(LOG, 3).state()).isEqualTo(texts(3));
            write(LOG, 4, 11);
            await().untilAsserted(() -> assertThat(runtime().shelf().newest(LOG))
                    .hasValueSatisfying(point -> assertThat(point.index()).isEqualTo(10)));
            store.orElseThrow().truncateTo(LOG, 10).toCompletableFuture().join();
            assertThat(copies.view(LOG, 11).state()).isEqualTo(texts(11));
        }
    }

    @Test
    void what_may_be_half_done_is_thrown_away() {
        try (var copies = copies(PLENTY)) {
            write(LOG, 1, 4);
            failsAt = "<3>";
            assertThatThrownBy(() -> copies.view(LOG, 4)).hasMessageContaining("index 3");
            assertThat(copies.isWarm(LOG)).isFalse();
            failsAt = "";
            assertThat(copies.view(LOG, 4).state()).isEqualTo(texts(4));
        } finally {
            failsAt = "";
        }
    }

    @Test
    void the_copy_that_nothing_happened_to_for_longest_makes_room() {
        write(LOG, 1, 4);
        write(OTHER, 1, 4);
        double one;
        try (var copies = copies(PLENTY)) {
            copies.view(LOG, 4);
            one = figure("engram_cluster_warm_copies_bytes");
        }
        meters.clear();
        try (var copies = copies((long) (one * 1.5))) {
            copies.committed(LOG, 1);
            copies.committed(OTHER, 1);
            copies.committed(LOG, 4);
            await().untilAsserted(() ->
                    assertThat(figure("engram_cluster_warm_copies_bytes")).isEqualTo(one));
            copies.committed(OTHER, 4);
            await().until(() -> copies.isWarm(OTHER) && !copies.isWarm(LOG));
        }
    }

    @Test
    void without_a_budget_nothing_is_kept_and_a_log_that_is_gone_neither() {
        try (var none = copies(0)) {
            write(LOG, 1, 4);
            none.committed(LOG, 1);
            none.committed(LOG, 4);
            await().pollDelay(Duration.ofMillis(500)).until(() -> true);
            assertThat(none.isWarm(LOG)).isFalse();
        }
        try (var copies = copies(PLENTY)) {
            copies.committed(LOG, 1);
            copies.committed(LOG, 4);
            await().until(() -> copies.isWarm(LOG));
            copies.dropped(LOG);
            assertThat(copies.isWarm(LOG)).isFalse();
            assertThat(copies.take(LOG, 4)).isEmpty();
        }
    }
}
