package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.health.HealthStatus;
import io.engram.log.LogFailures;
import io.engram.memory.Cue;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.MemoryBody;
import io.engram.memory.SearchQuery;
import io.engram.space.EngramException;
import io.engram.space.EngramException.Kind;
import io.engram.space.ForgetRequest;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a node does about a damaged log. Each answer is waited for less long than the shortest time-out on its way. */
class QuarantineTest {
    private static final SpaceId SICK = new SpaceId("sick");
    private static final SpaceId WELL = new SpaceId("well");
    private static final String SICK_LOG = "space|sick|1";
    /** A lookup that nobody answers is asked again after this long. */
    private static final long AT_ONCE_SECONDS = 2;

    @TempDir
    Path folder;

    private final TroubledLog log = new TroubledLog();
    private TestNode node = TestNode.none();

    @AfterEach
    void stop() {
        node.stop();
    }

    private void start() {
        node = TestNode.start(folder, log::around, InstantSource.system());
    }

    private void twoSpaces() {
        start();
        get(node.spaces().remember(SICK, text("of the sick").withId("a")));
        get(node.spaces().remember(WELL, text("of the well").withId("a")));
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static EngramException failure(CompletionStage<?> stage, long seconds) {
        try {
            stage.toCompletableFuture().orTimeout(seconds, TimeUnit.SECONDS).join();
        } catch (CompletionException e) {
            if (e.getCause() instanceof EngramException known) {
                return known;
            }
            throw e;
        }
        throw new AssertionError("it succeeded");
    }

    private static RememberRequest text(String content) {
        return RememberRequest.of(MemoryBody.builder(content).build());
    }

    private List<CompletionStage<?>> everythingOf(SpaceId space) {
        var spaces = node.spaces();
        return List.of(
                spaces.remember(space, text("more")),
                spaces.forget(space, new ForgetRequest("a", ForgetRequest.Mode.DELETE, Optional.empty())),
                spaces.get(space, "a"),
                spaces.history(space, "a"),
                spaces.list(space, Filter.NONE, 0, 10),
                spaces.statistics(space),
                spaces.search(space, new SearchQuery(Cue.ofText("sick"), 0, 10, Filter.NONE, Fusion.WEIGHTED)),
                spaces.createSpace(space));
    }

    private void everythingIsRefused(String reason) {
        for (var answer : everythingOf(SICK)) {
            var failure = failure(answer, AT_ONCE_SECONDS);
            assertThat(failure.kind()).isEqualTo(Kind.QUARANTINED);
            assertThat(failure).hasMessageContaining("'sick'").hasMessageContaining(reason);
            assertThat(failure.retryAfter()).isEmpty();
        }
        assertThat(get(node.spaces().get(WELL, "a"))).isPresent();
        get(node.spaces().remember(WELL, text("still written")));
    }

    @Test
    void a_log_that_is_known_to_be_damaged_is_not_opened_and_all_else_goes_on() {
        twoSpaces();
        node.stop();
        log.damage(SICK_LOG, "entry 7 is missing");
        start();
        everythingIsRefused("entry 7 is missing");
        assertThat(node.gauge("engram_spaces_quarantined")).isEqualTo(1);
        assertThat(node.health("damaged_spaces").status()).isEqualTo(HealthStatus.DEGRADED);
        assertThat(node.health("damaged_spaces").message()).contains("1 in quarantine", "'sick'", "entry 7 is missing");
        assertThat(get(node.spaces().spaces()))
                .extracting(SpaceInfo::id, SpaceInfo::quarantined)
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple(SICK, Optional.of("entry 7 is missing")),
                        org.assertj.core.groups.Tuple.tuple(WELL, Optional.empty()));
    }

    @Test
    void damage_that_is_met_while_a_space_is_opened_puts_it_into_quarantine() {
        twoSpaces();
        node.stop();
        log.failReadsOf(SICK_LOG, LogFailures.damaged(SICK_LOG, 2));
        start();
        everythingIsRefused("a bit has flipped");
        everythingIsRefused("a bit has flipped");
        assertThat(node.gauge("engram_spaces_quarantined")).isEqualTo(1);
    }

    @Test
    void damage_that_is_found_while_a_space_is_open_closes_it() {
        twoSpaces();
        assertThat(get(node.spaces().get(SICK, "a"))).isPresent();
        log.damage(SICK_LOG, "entry 1 has changed");
        await().atMost(20, TimeUnit.SECONDS).until(() -> node.gauge("engram_spaces_open") == 1);
        everythingIsRefused("entry 1 has changed");
    }

    @Test
    void writes_that_wait_when_the_damage_is_found_are_all_answered() {
        twoSpaces();
        CompletableFuture<?>[] writes = new CompletableFuture<?>[200];
        for (int i = 0; i < writes.length; i++) {
            if (i == 100) {
                log.damage(SICK_LOG, "entry 1 has changed");
                log.failAppendsTo(SICK_LOG, LogFailures.damaged(SICK_LOG, 1));
            }
            writes[i] = node.spaces().remember(SICK, text("text " + i)).toCompletableFuture();
        }
        for (var write : writes) {
            var failure =
                    write.orTimeout(30, TimeUnit.SECONDS).handle((r, e) -> e).join();
            if (failure != null) {
                assertThat(failure)
                        .isInstanceOfSatisfying(
                                EngramException.class,
                                e -> assertThat(e.kind()).isIn(Kind.QUARANTINED, Kind.OUTCOME_UNKNOWN));
            }
        }
        everythingIsRefused("entry 1 has changed");
    }

    @Test
    void a_space_in_quarantine_can_be_deleted_and_made_anew() {
        twoSpaces();
        log.damage(SICK_LOG, "entry 1 has changed");
        await().atMost(20, TimeUnit.SECONDS).until(() -> node.gauge("engram_spaces_open") == 1);
        everythingIsRefused("entry 1 has changed");
        assertThat(get(node.spaces().deleteSpace(SICK))).isTrue();
        assertThat(node.gauge("engram_spaces_quarantined")).isZero();
        assertThat(node.health("damaged_spaces").status()).isEqualTo(HealthStatus.HEALTHY);
        assertThat(get(node.spaces().spaces())).extracting(SpaceInfo::id).containsExactly(WELL);
        get(node.spaces().remember(SICK, text("a new life").withId("b")));
        assertThat(get(node.spaces().get(SICK, "a"))).isEmpty();
        assertThat(get(node.spaces().get(SICK, "b"))).isPresent();
    }

    @Test
    void without_its_directory_a_node_serves_the_spaces_that_have_logs_and_makes_and_deletes_none() {
        twoSpaces();
        node.stop();
        log.failReadsOf("directory|0", LogFailures.damaged("directory|0", 1));
        start();
        for (int round = 0; round < 2; round++) {
            for (var answer : everythingOf(new SpaceId("unknown"))) {
                var failure = failure(answer, AT_ONCE_SECONDS);
                assertThat(failure.kind()).isEqualTo(Kind.QUARANTINED);
                assertThat(failure).hasMessageContaining("directory").hasMessageContaining("a bit has flipped");
            }
            assertThat(failure(node.spaces().deleteSpace(SICK), AT_ONCE_SECONDS).kind())
                    .isEqualTo(Kind.QUARANTINED);
            assertThat(get(node.spaces().get(SICK, "a"))).isPresent();
            get(node.spaces().remember(WELL, text("still written").withId("round " + round)));
            assertThat(get(node.spaces().spaces())).extracting(SpaceInfo::id).containsExactly(SICK, WELL);
        }
        assertThat(get(node.spaces().list(WELL, Filter.NONE, 0, 10)).total()).isEqualTo(3);
        assertThat(node.health("damaged_spaces").status()).isEqualTo(HealthStatus.UNHEALTHY);
        assertThat(node.health("damaged_spaces").forNode()).isEqualTo(HealthStatus.DEGRADED);
    }

    @Test
    void a_directory_that_is_found_damaged_later_still_tells_what_it_read_while_it_was_whole() {
        twoSpaces();
        log.damage("directory|0", "entry 1 has changed");
        assertThat(get(node.spaces().get(WELL, "a"))).isPresent();
        get(node.spaces().remember(WELL, text("more")));
        assertThat(get(node.spaces().spaces())).hasSize(2);
        var failure = failure(node.spaces().remember(new SpaceId("newer"), text("x")), AT_ONCE_SECONDS);
        assertThat(failure.kind()).isEqualTo(Kind.QUARANTINED);
        assertThat(failure(node.spaces().deleteSpace(WELL), AT_ONCE_SECONDS).kind())
                .isEqualTo(Kind.QUARANTINED);
        assertThat(get(node.spaces().get(WELL, "a"))).isPresent();
    }
}
