package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.TestLogs;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CopyComparisonTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void only_what_is_here_and_differs_contradicts() {
        try (var store = TestLogs.open(folder)) {
            for (var i = 1; i <= 3; i++) {
                store.append("one", i, List.of(new byte[] {(byte) i}))
                        .toCompletableFuture()
                        .join();
            }
            var checksum = store.point("one", 2).orElseThrow().checksum();
            var question = CopyComparison.write(List.of(
                    new CopyComparison.Point("one", 2, checksum),
                    new CopyComparison.Point("one", 2, checksum + 1),
                    new CopyComparison.Point("one", 9, 7),
                    new CopyComparison.Point("nobody", 1, 7),
                    new CopyComparison.Point("one", 3, checksum)));
            assertThat(CopyComparison.places(CopyComparison.answer(store, question)))
                    .containsExactly(1, 4);
        }
    }

    @Test
    void what_cannot_be_read_is_refused_or_says_nothing() {
        try (var store = TestLogs.open(folder)) {
            for (var question : List.of(new byte[] {0, 0, 0, 1}, new byte[] {127, 0, 0, 1}, new byte[0])) {
                assertThatThrownBy(() -> CopyComparison.answer(store, question))
                        .isInstanceOf(IllegalArgumentException.class);
            }
            assertThat(CopyComparison.places(new byte[] {0, 0})).isEmpty();
        }
    }
}
