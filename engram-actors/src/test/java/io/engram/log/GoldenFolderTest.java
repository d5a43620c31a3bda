package io.engram.log;

import static io.engram.log.TestLogs.appendAll;
import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.files.FolderReport;
import io.engram.log.format.LogPoint;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder that format 2 wrote. Later versions must open it; it is never changed, and a later format gets one of its own. */
class GoldenFolderTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @BeforeEach
    void copyTheFolder() throws URISyntaxException {
        var golden = Objects.requireNonNull(getClass().getResource("/log/golden-2"));
        TestLogs.copy(Path.of(golden.toURI()), folder.resolve("log"));
    }

    @Test
    void theFolderOfFormat2IsOpenedAndGoesOn() {
        for (var start = 0; start < 2; start++) {
            try (var store = open(folder.resolve("log"))) {
                assertThat(store.logs("", "", 10)).containsExactly("a", "b|ü");
                assertThat(store.base("a")).isEqualTo(new LogPoint(1, 1, 1_000, -3928790330835931811L));
                assertThat(store.point("a", 4)).hasValue(new LogPoint(4, 2, 9_001, 7828624793433373974L));
                assertThat(readAll(store, "a")).startsWith("two", "another three", "four");
                assertThat(store.cell("a", "cell")).hasValue(new byte[] {1, 2, 3});
                assertThat(await(store.last("b|ü"))).isEqualTo(new LogPoint(1, 3, 7, 6472319941574440481L));
                assertThat(store.meta("b|ü").promised()).isEqualTo(5);
                assertThat(store.meta("b|ü").replicas()).containsExactly("n1", "n2");
                assertThat(store.meta("b|ü").forward()).isEqualTo(Optional.of("elsewhere"));
                assertThat(store.quarantined()).isEmpty();
                appendAll(store, "new" + start, 1, "a log under a number that nobody had");
                await(store.drop("new" + start));
            }
        }
    }

    @Test
    void theFolderOfFormat2IsReadWithoutLevelDb() throws Exception {
        var report = FolderReport.inspect(folder.resolve("log"));
        assertThat(report.isWell()).as("%s", report).isTrue();
        assertThat(report.logs())
                .extracting(log -> log.name() + " " + log.readableEntries())
                .containsExactly("a 3", "b|ü 1");
    }
}
