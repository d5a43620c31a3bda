package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.engram.health.HealthStatus;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.slf4j.LoggerFactory;

class DiskWatchTest {
    private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
    private final AtomicLong free = new AtomicLong(5_000);
    private final ListAppender<ILoggingEvent> said = new ListAppender<>();
    private final Logger logger = (Logger) LoggerFactory.getLogger(DiskWatch.class);

    @BeforeEach
    void listen() {
        said.start();
        logger.addAppender(said);
    }

    @AfterEach
    void leave() {
        logger.detachAppender(said);
    }

    private List<Level> levels() {
        var levels = said.list.stream().map(ILoggingEvent::getLevel).toList();
        said.list.clear();
        return levels;
    }

    @Test
    void each_mark_is_said_once_when_it_is_crossed_and_always_in_the_report() {
        try (var watch = new DiskWatch(() -> new DiskWatch.Room(free.get(), 9_000), 1_000, 100, meters)) {
            assertThat(watch.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
            assertThat(levels()).isEmpty();

            free.set(999);
            for (int i = 0; i < 3; i++) {
                watch.look();
            }
            assertThat(levels()).containsExactly(Level.WARN);
            assertThat(watch.health().check().status()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(watch.health().check().message()).contains("999 of 9000 bytes");

            free.set(99);
            watch.look();
            watch.look();
            assertThat(levels()).containsExactly(Level.WARN);
            var full = watch.health().check();
            assertThat(full.status()).isEqualTo(HealthStatus.UNHEALTHY);
            assertThat(full.forNode()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(full.message()).contains("507").contains("99 of 9000 bytes");
            assertThat(meters.get("engram_disk_free_bytes").gauge().value()).isEqualTo(99);
            assertThat(meters.get("engram_disk_total_bytes").gauge().value()).isEqualTo(9_000);

            free.set(5_000);
            watch.look();
            assertThat(levels()).containsExactly(Level.INFO);
            free.set(500);
            watch.look();
            assertThat(levels()).containsExactly(Level.WARN);
        }
    }

    @Test
    void a_disk_that_cannot_be_asked_is_said_and_forgotten_when_it_can() {
        var fails = new java.util.concurrent.atomic.AtomicBoolean(true);
        DiskWatch.Look look = () -> {
            if (fails.get()) {
                throw new IOException("stale file handle");
            }
            return new DiskWatch.Room(5_000, 9_000);
        };
        try (var watch = new DiskWatch(look, 1_000, 100, meters)) {
            watch.look();
            assertThat(levels()).containsExactly(Level.WARN);
            assertThat(watch.health().check().message()).contains("stale file handle");
            fails.set(false);
            watch.look();
            assertThat(watch.health().check().status()).isEqualTo(HealthStatus.HEALTHY);
        }
    }

    @Test
    void a_real_folder_has_room(@TempDir Path folder) throws IOException {
        var room = DiskWatch.Room.of(folder);
        assertThat(room.totalBytes()).isPositive();
        assertThat(room.freeBytes()).isBetween(1L, room.totalBytes());
    }
}
