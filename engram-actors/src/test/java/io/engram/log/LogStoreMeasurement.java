package io.engram.log;

import static io.engram.log.TestLogs.await;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Prints the rate of forced appends beside that of a plain file in the same run, alternating, because a disk's mood changes
 * from minute to minute. Not a test. Arguments: a folder on the disk to measure, seconds for each figure.
 */
final class LogStoreMeasurement {
    private static final int RECORD_BYTES = 1024;
    private static final int ROUNDS = 3;

    private LogStoreMeasurement() {}

    public static void main(String[] arguments) throws Exception {
        var root = Path.of(arguments[0]);
        var seconds = Double.parseDouble(arguments[1]);
        Files.createDirectories(root);
        System.out.println("callers  log appends/s  records a force | file, as many records a force: records/s  share");
        for (var round = 0; round < ROUNDS; round++) {
            for (var callers : List.of(1, 16, 64)) {
                var folder = root.resolve("log-" + round + "-" + callers);
                var log = appends(folder, callers, seconds);
                var file = file(root.resolve("plain"), Math.max(1, (int) Math.round(log.recordsAForce())), seconds);
                System.out.printf(
                        "%7d  %13.0f  %15.1f | %43.0f  %4.0f %%%n",
                        callers, log.rate(), log.recordsAForce(), file, 100 * log.rate() / file);
                remove(folder);
            }
        }
    }

    private record Rate(double rate, double recordsAForce) {}

    private static Rate appends(Path folder, int callers, double seconds) throws InterruptedException {
        var meters = new SimpleMeterRegistry();
        var record = new byte[RECORD_BYTES];
        new Random(1).nextBytes(record);
        var done = new AtomicLong();
        try (var store = LogStore.open(LogStoreSettings.of(folder), meters)) {
            var finished = new CountDownLatch(callers);
            var start = System.nanoTime();
            var end = start + (long) (seconds * 1e9);
            for (var caller = 0; caller < callers; caller++) {
                var log = "log" + caller;
                Thread.ofPlatform().start(() -> {
                    for (var sequence = 1L; System.nanoTime() < end; sequence++) {
                        await(store.append(log, sequence, List.of(record)));
                        done.incrementAndGet();
                    }
                    finished.countDown();
                });
            }
            finished.await();
            var elapsed = (System.nanoTime() - start) / 1e9;
            var forces = meters.get("engram.journal.forced.writes").counter().count();
            return new Rate(done.get() / elapsed, done.get() / forces);
        }
    }

    private static double file(Path file, int batch, double seconds) throws IOException {
        var bytes = ByteBuffer.allocateDirect(batch * RECORD_BYTES);
        var records = 0L;
        try (var channel = FileChannel.open(
                file, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            var start = System.nanoTime();
            while (System.nanoTime() - start < seconds * 1e9) {
                bytes.clear();
                channel.write(bytes);
                channel.force(false);
                records += batch;
            }
            return records / ((System.nanoTime() - start) / 1e9);
        } finally {
            Files.delete(file);
        }
    }

    private static void remove(Path folder) throws IOException {
        try (var files = Files.walk(folder)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}
