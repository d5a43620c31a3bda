package io.engram.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CodecTest {
    static Stream<ShardState> states() {
        return Stream.of(
                ShardState.NONE,
                new ShardState(7, 5, 3, Optional.of(new ReplicaId("n1-\u00e4")), 2_000_000, true),
                new ShardState(Long.MAX_VALUE, 1, 2, Optional.empty(), 0, false));
    }

    @ParameterizedTest
    @MethodSource("states")
    void aStateIsReadAsItWasWritten(ShardState state) {
        assertThat(ShardState.of(state.toBytes())).isEqualTo(state);
    }

    @ParameterizedTest
    @MethodSource("states")
    void aStateThatIsCutShortIsRefused(ShardState state) {
        var bytes = state.toBytes();
        for (var length = 0; length < 35; length++) {
            var cut = Arrays.copyOf(bytes, length);
            assertThatThrownBy(() -> ShardState.of(cut)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void aStateOfALaterVersionIsRefused() {
        var bytes = ShardState.NONE.toBytes();
        bytes[0]++;
        assertThatThrownBy(() -> ShardState.of(bytes)).hasMessageContaining("version");
    }

    @Test
    void anEntryOfTheDirectoryIsReadAsItWasWritten() {
        for (var entry : Arrays.asList(
                new DirectoryEntry.Create("b\u00fccher"),
                new DirectoryEntry.Delete("x", 17),
                new DirectoryEntry.Create("y"))) {
            assertThat(DirectoryEntry.of(entry.toBytes())).isEqualTo(entry);
        }
    }

    @Test
    void anEntryOfTheDirectoryThatIsNotUnderstoodIsRefused() {
        var create = new DirectoryEntry.Create("x").toBytes();
        var otherVersion = create.clone();
        otherVersion[0] = 9;
        var otherKind = create.clone();
        otherKind[1] = 9;
        assertThatThrownBy(() -> DirectoryEntry.of(otherVersion)).hasMessageContaining("version");
        assertThatThrownBy(() -> DirectoryEntry.of(otherKind)).hasMessageContaining("kind 9");
        assertThatThrownBy(() -> DirectoryEntry.of(new byte[] {1})).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> DirectoryEntry.of(new byte[] {1, 2, 0, 0})).hasMessageContaining("cut short");
    }

    @Test
    void aLogIsStoredUnderANameOfItsOwn() {
        var shard = new ShardId("17");
        assertThat(LogName.DIRECTORY.stored(shard)).isEqualTo("shard/17/directory");
        assertThat(new LogName("a/b", 3).stored(shard)).isEqualTo("shard/17/3/a/b");
        assertThat(LogName.storedState(shard)).isEqualTo("shard/17/state");
        assertThatThrownBy(() -> new ShardId("a/b")).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LogName("", 3)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> new LogName("x", 0)).isInstanceOf(IllegalArgumentException.class);
    }
}
