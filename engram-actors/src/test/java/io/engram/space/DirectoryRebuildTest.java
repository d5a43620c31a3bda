package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.space.DirectoryRebuild.Stored;
import java.io.NotSerializableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DirectoryRebuildTest {
    private static final SpaceId ONE = new SpaceId("one");
    private static final SpaceId TWO = new SpaceId("two");
    private static final Optional<Stored> NO_SNAPSHOT = Optional.empty();

    private static Instant at(long second) {
        return Instant.ofEpochSecond(1_000 + second);
    }

    private static Stored stored(long index, Object value) {
        return new Stored(index, SpaceCodec.manifest(value), SpaceCodec.encode(value));
    }

    private static DirectoryEvent registered(SpaceId space, long incarnation) {
        return new DirectoryEvent.Registered(space, incarnation, at(incarnation));
    }

    private static DirectoryEvent removed(SpaceId space, long incarnation) {
        return new DirectoryEvent.Removed(space, incarnation, at(incarnation));
    }

    private static DirectoryEvent purged(SpaceId space, long incarnation) {
        return new DirectoryEvent.Purged(space, incarnation, at(incarnation));
    }

    private static SpaceLogs.Kept log(String name, long second) {
        return new SpaceLogs.Kept(name, Optional.of(at(second)));
    }

    /** What the directory knows after it has read its new log. */
    private static DirectoryState.Snapshot read(DirectoryRebuild.Rebuilt rebuilt) {
        var state = new DirectoryState();
        try {
            for (var event : rebuilt.events()) {
                state.apply((DirectoryEvent) SpaceCodec.decode(event.manifest(), event.bytes()));
            }
        } catch (NotSerializableException e) {
            throw new AssertionError(e);
        }
        return state.snapshot();
    }

    private static DirectoryState.Snapshot rebuilt(List<Stored> events, SpaceLogs.Kept... logs) {
        return read(DirectoryRebuild.of(NO_SNAPSHOT, events, List.of(logs)));
    }

    @Test
    void what_can_be_read_counts() {
        var rebuilt = DirectoryRebuild.of(
                NO_SNAPSHOT,
                List.of(stored(1, registered(ONE, 1)), stored(2, registered(TWO, 2))),
                List.of(log("space|one|1", 1), log("space|two|2", 2)));
        assertThat(rebuilt.guesses()).isEmpty();
        assertThat(rebuilt.spaces()).containsExactly(ONE, TWO);
        assertThat(rebuilt.events()).extracting(Stored::index).containsExactly(1L, 2L);
        assertThat(read(rebuilt).spaces())
                .containsExactly(new SpaceRecord(ONE, 1, at(1)), new SpaceRecord(TWO, 2, at(2)));
    }

    @Test
    void a_snapshot_counts_and_events_that_it_covers_are_not_applied_to_it_again() {
        var snapshot = new DirectoryState.Snapshot(
                List.of(new SpaceRecord(ONE, 3, at(3))), List.of(new SpaceRecord(ONE, 1, at(1))), 5, at(6));
        var rebuilt = DirectoryRebuild.of(
                Optional.of(stored(9, snapshot)),
                List.of(stored(1, registered(ONE, 1)), stored(10, registered(TWO, 6))),
                List.of(log("space|one|1", 1), log("space|one|3", 3), log("space|two|6", 6)));
        assertThat(rebuilt.guesses()).isEmpty();
        var read = read(rebuilt);
        assertThat(read.spaces()).containsExactly(new SpaceRecord(ONE, 3, at(3)), new SpaceRecord(TWO, 6, at(6)));
        assertThat(read.toPurge()).containsExactly(new SpaceRecord(ONE, 1, at(1)));
        assertThat(read.lastIncarnation()).isEqualTo(6);
    }

    @Test
    void a_log_that_nothing_tells_of_is_taken_for_a_space_and_said() {
        var rebuilt = DirectoryRebuild.of(
                NO_SNAPSHOT,
                List.of(stored(2, registered(TWO, 2))),
                List.of(log("space|one|1", 7), log("space|two|2", 2), log("node", 1), log("space|NO|x", 1)));
        assertThat(rebuilt.guesses())
                .singleElement()
                .asString()
                .contains("'one' is known by its log 'space|one|1' alone");
        // Not later than what was made after it.
        assertThat(read(rebuilt).spaces())
                .containsExactly(new SpaceRecord(ONE, 1, at(2)), new SpaceRecord(TWO, 2, at(2)));
    }

    @Test
    void of_two_logs_of_a_space_the_newer_one_is_its_own() {
        for (var known : List.of(
                List.<Stored>of(), List.of(stored(1, registered(ONE, 1))), List.of(stored(4, registered(ONE, 4))))) {
            var read = rebuilt(known, log("space|one|4", 4), log("space|one|1", 1));
            assertThat(read.spaces()).containsExactly(new SpaceRecord(ONE, 4, at(4)));
            assertThat(read.toPurge()).containsExactly(new SpaceRecord(ONE, 1, at(1)));
            assertThat(read.lastIncarnation()).isEqualTo(4);
        }
    }

    @Test
    void a_space_that_was_struck_out_is_not_taken_for_one_by_its_log() {
        for (var end : List.of(removed(ONE, 1), purged(ONE, 1))) {
            var read = rebuilt(List.of(stored(2, end)), log("space|one|1", 1));
            assertThat(read.spaces()).isEmpty();
            assertThat(read.toPurge()).containsExactly(new SpaceRecord(ONE, 1, at(1)));
        }
    }

    @Test
    void a_space_without_a_log_stays_and_is_said() {
        var rebuilt = DirectoryRebuild.of(NO_SNAPSHOT, List.of(stored(1, registered(ONE, 1))), List.of());
        assertThat(rebuilt.spaces()).containsExactly(ONE);
        assertThat(rebuilt.guesses()).singleElement().asString().contains("'one' has no log");
    }

    @Test
    void a_number_is_never_given_again() {
        var read = rebuilt(List.of(
                stored(1, registered(ONE, 1)),
                stored(2, registered(TWO, 2)),
                stored(3, removed(TWO, 2)),
                stored(4, purged(TWO, 2))));
        assertThat(read.lastIncarnation()).isEqualTo(2);
        assertThat(read.toPurge()).isEmpty();
        assertThat(read.spaces()).extracting(SpaceRecord::id).containsExactly(ONE);
    }

    @Test
    void what_cannot_be_understood_is_said_and_passed_over() {
        var events = new ArrayList<Stored>();
        events.add(new Stored(1, "space-registered/1", new byte[] {1, 2, 3}));
        events.add(new Stored(2, "space-renamed/7", new byte[0]));
        events.add(stored(3, registered(ONE, 1)));
        var rebuilt = DirectoryRebuild.of(NO_SNAPSHOT, events, List.of(log("space|one|1", 1)));
        assertThat(rebuilt.spaces()).containsExactly(ONE);
        assertThat(rebuilt.guesses())
                .satisfiesExactly(
                        first -> assertThat(first).contains("entry 1 of the directory"),
                        second -> assertThat(second).contains("entry 2").contains("space-renamed/7"));
    }
}
