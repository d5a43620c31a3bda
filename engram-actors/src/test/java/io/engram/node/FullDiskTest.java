package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.LogFailures;
import io.engram.memory.Filter;
import io.engram.memory.MemoryBody;
import io.engram.space.EngramException;
import io.engram.space.EngramException.Kind;
import io.engram.space.RememberReceipt;
import io.engram.space.RememberRequest;
import io.engram.space.SpaceId;
import io.engram.space.SpaceInfo;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the spaces answer while the log refuses or loses what they append, and that they come back by themselves. */
class FullDiskTest {
    private static final SpaceId SPACE = new SpaceId("cramped");
    private static final SpaceId OTHER = new SpaceId("another");
    private static final String LOG = "space|cramped|1";
    private static final long AT_ONCE_SECONDS = 2;

    @TempDir
    Path folder;

    private final TroubledLog log = new TroubledLog();
    private final AtomicReference<Instant> now = new AtomicReference<>(Instant.parse("2026-03-01T12:00:00Z"));
    private TestNode node = TestNode.none();

    @BeforeEach
    void start() {
        node = TestNode.start(folder, log::around, now::get);
        get(node.spaces().remember(SPACE, text("before").withId("before")));
    }

    @AfterEach
    void stop() {
        node.stop();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static EngramException failure(CompletionStage<?> stage) {
        try {
            stage.toCompletableFuture()
                    .orTimeout(AT_ONCE_SECONDS, TimeUnit.SECONDS)
                    .join();
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

    @Test
    void what_the_log_would_refuse_is_refused_without_a_try_while_reads_go_on() {
        int appends = log.appends();
        log.refuse(LogFailures.full());
        for (int i = 0; i < 3; i++) {
            var failure = failure(node.spaces().remember(SPACE, text("no room")));
            assertThat(failure.kind()).isEqualTo(Kind.STORAGE_FULL);
            assertThat(failure).hasMessageContaining("12 bytes are free");
            assertThat(failure.retryAfter()).isEmpty();
        }
        assertThat(log.appends()).isEqualTo(appends);
        assertThat(get(node.spaces().get(SPACE, "before"))).isPresent();
        assertThat(node.gauge("engram_spaces_open")).isEqualTo(1);

        log.refuse(LogFailures.overloaded());
        var busy = failure(node.spaces().remember(SPACE, text("too much")));
        assertThat(busy.kind()).isEqualTo(Kind.OVERLOADED);
        assertThat(busy.retryAfter()).contains(Duration.ofSeconds(1));

        log.takeAgain();
        get(node.spaces().remember(SPACE, text("after")));
        assertThat(get(node.spaces().list(SPACE, Filter.NONE, 0, 10)).memories())
                .extracting(m -> m.content())
                .containsExactly("before", "after");
    }

    @Test
    void what_was_stored_before_is_still_answered_as_stored() {
        log.refuse(LogFailures.full());
        RememberReceipt again = get(node.spaces().remember(SPACE, text("before").withId("before")));
        assertThat(again.replayed()).isTrue();
        assertThat(failure(node.spaces().remember(SPACE, text("else").withId("before")))
                        .kind())
                .isEqualTo(Kind.CONFLICT);
    }

    @Test
    void a_new_space_is_refused_and_the_directory_lives_on() {
        log.refuse(LogFailures.full());
        assertThat(failure(node.spaces().remember(OTHER, text("x"))).kind()).isEqualTo(Kind.STORAGE_FULL);
        assertThat(failure(node.spaces().createSpace(OTHER)).kind()).isEqualTo(Kind.STORAGE_FULL);
        assertThat(failure(node.spaces().deleteSpace(SPACE)).kind()).isEqualTo(Kind.STORAGE_FULL);
        assertThat(get(node.spaces().get(OTHER, "x"))).isEmpty();
        assertThat(get(node.spaces().spaces())).extracting(SpaceInfo::id).containsExactly(SPACE);
        log.takeAgain();
        get(node.spaces().remember(OTHER, text("x").withId("x")));
        assertThat(get(node.spaces().get(OTHER, "x"))).isPresent();
        assertThat(get(node.spaces().deleteSpace(SPACE))).isTrue();
    }

    @Test
    void an_append_that_is_refused_all_the_same_is_answered_as_refused_and_the_space_comes_back() {
        log.failAppendsTo(LOG, LogFailures.full());
        for (int i = 0; i < 3; i++) {
            assertThat(failure(node.spaces().remember(SPACE, text("no room"))).kind())
                    .isEqualTo(Kind.STORAGE_FULL);
            assertThat(get(node.spaces().get(SPACE, "before"))).isPresent();
        }
        log.takeAgain();
        get(node.spaces().remember(SPACE, text("after")));
        assertThat(get(node.spaces().list(SPACE, Filter.NONE, 0, 10)).total()).isEqualTo(2);
    }

    @Test
    void the_directory_comes_back_from_an_append_that_was_refused_all_the_same() {
        log.failAppendsTo("directory|0", LogFailures.full());
        assertThat(failure(node.spaces().remember(OTHER, text("x"))).kind()).isEqualTo(Kind.STORAGE_FULL);
        assertThat(failure(node.spaces().deleteSpace(SPACE)).kind()).isEqualTo(Kind.STORAGE_FULL);
        assertThat(get(node.spaces().get(SPACE, "before"))).isPresent();
        log.takeAgain();
        get(node.spaces().remember(OTHER, text("x")));
        assertThat(get(node.spaces().spaces())).hasSize(2);
    }

    @Test
    void a_node_starts_on_a_full_disk_and_reads() {
        node.stop();
        log.refuse(LogFailures.full());
        node = TestNode.start(folder, log::around, now::get);
        assertThat(get(node.spaces().get(SPACE, "before"))).isPresent();
        assertThat(failure(node.spaces().remember(SPACE, text("x"))).kind()).isEqualTo(Kind.STORAGE_FULL);
    }

    @Test
    void a_failed_log_is_told_from_a_full_one_and_what_was_under_way_is_unknown() {
        log.failAppendsTo(LOG, LogFailures.failed());
        assertThat(failure(node.spaces().remember(SPACE, text("lost"))).kind()).isEqualTo(Kind.OUTCOME_UNKNOWN);
        assertThat(failure(node.spaces().remember(SPACE, text("later"))).kind()).isEqualTo(Kind.WRITES_STOPPED);
    }

    @Test
    void after_the_log_has_failed_writes_are_refused_at_once_and_open_spaces_read() {
        log.refuse(LogFailures.failed());
        var failure = failure(node.spaces().remember(SPACE, text("x")));
        assertThat(failure.kind()).isEqualTo(Kind.WRITES_STOPPED);
        assertThat(failure).hasMessageContaining("input/output error");
        assertThat(get(node.spaces().get(SPACE, "before"))).isPresent();
    }

    @Test
    void times_never_run_backwards_though_the_clock_does() {
        var first = get(node.spaces().get(SPACE, "before")).orElseThrow().storedAt();
        now.set(Instant.parse("2020-01-01T00:00:00Z"));
        get(node.spaces().remember(SPACE, text("after").withId("after")));
        get(node.spaces().remember(OTHER, text("x").withId("x")));
        assertThat(get(node.spaces().get(SPACE, "after")).orElseThrow().storedAt())
                .isAfterOrEqualTo(first);
        var listed = get(node.spaces().spaces());
        assertThat(listed)
                .extracting(SpaceInfo::createdAt)
                .allSatisfy(at -> assertThat(at).isAfterOrEqualTo(first));
        assertThat(get(node.spaces().get(OTHER, "x")).orElseThrow().storedAt())
                .isAfterOrEqualTo(listed.getFirst().createdAt());
    }

    /** The directory says when a space was made before the space's first write asks the clock. */
    @Test
    void a_space_holds_nothing_from_before_it_was_made() {
        get(node.spaces().createSpace(OTHER));
        var made = get(node.spaces().spaces()).getFirst();
        assertThat(made.id()).isEqualTo(OTHER);
        now.set(Instant.parse("2020-01-01T00:00:00Z"));
        get(node.spaces().remember(OTHER, text("x").withId("x")));
        assertThat(get(node.spaces().get(OTHER, "x")).orElseThrow().storedAt()).isEqualTo(made.createdAt());
        assertThat(Optional.of(made.createdAt())).contains(Instant.parse("2026-03-01T12:00:00Z"));
    }
}
