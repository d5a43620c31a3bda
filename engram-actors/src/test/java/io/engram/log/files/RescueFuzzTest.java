package io.engram.log.files;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.log.format.Keys;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random folders with any file damaged, cut or missing: what the report calls well is rescued exactly as it was written. */
class RescueFuzzTest {
    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path temporary;

    static LongStream seeds() {
        return LongStream.rangeClosed(1, Long.getLong("engram.fuzz.seeds", 200));
    }

    private static String damage(Path folder, Random random) throws Exception {
        List<Path> files;
        try (var listed = Files.list(folder)) {
            files = listed.filter(file -> !FolderFiles.nameOf(file).equals("LOG")
                            && !FolderFiles.nameOf(file).equals("LOG.old"))
                    .sorted()
                    .toList();
        }
        var file = files.get(random.nextInt(files.size()));
        var bytes = Files.readAllBytes(file);
        if (Fragments.usedBytes(bytes) == 0 || random.nextInt(8) == 0) {
            Files.delete(file);
            return FolderFiles.nameOf(file) + " deleted";
        }
        // The last record of the newest log cannot be told from one that was never finished.
        var isLog = FolderFiles.nameOf(file).endsWith(".log");
        var end = isLog ? new LogLayout(bytes).records.getLast().from() : bytes.length;
        if (end == 0) {
            return "nothing";
        }
        var at = random.nextInt(end);
        switch (isLog ? 2 : random.nextInt(4)) {
            case 0 -> {
                Files.write(file, Arrays.copyOf(bytes, at));
                return "%s cut at %d".formatted(FolderFiles.nameOf(file), at);
            }
            case 1 -> Arrays.fill(bytes, at - at % 512, Math.min(bytes.length, at - at % 512 + 512), (byte) 0);
            default -> bytes[at] ^= (byte) (1 << random.nextInt(8));
        }
        Files.write(file, bytes);
        return "%s changed at %d".formatted(FolderFiles.nameOf(file), at);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void whatIsSaidToBeWellIsRescuedExactly(long seed) throws Exception {
        var random = new Random(seed);
        var original = temporary.resolve("original");
        var written = RandomFolder.write(original, random, 10 + random.nextInt(60), random.nextInt(3) == 0, true);
        if (random.nextInt(3) == 0) {
            written.compact();
        }
        written.close();
        var folder = written.copyTo(temporary.resolve("damaged"));
        var words = new ArrayList<String>();
        for (var times = random.nextInt(3) == 0 ? 2 : 1; times > 0; times--) {
            if (words.stream().noneMatch(each -> each.contains(".log"))) {
                words.add(damage(folder, random));
            }
        }
        var before = snapshot(folder);
        var given = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        try {
            var report = Rescue.run(
                    folder,
                    (key, value) -> assertThat(given.put(key, value))
                            .as("each key once")
                            .isNull());
            assertThat(snapshot(folder)).as("the folder is only read").isEqualTo(before);
            assertHolds(written, folder, report, given, isUntold(words));
            assertThat(FolderReport.inspect(folder).logs()).hasSameSizeAs(report.logs());
        } catch (AssertionError | RuntimeException e) {
            throw new AssertionError("seed %d, %s: %s".formatted(seed, words, e), e);
        }
    }

    /** Where a table is gone and so is the end of the manifest that named it, nothing is left that could tell of it. */
    private static boolean isUntold(List<String> words) {
        return words.stream().anyMatch(word -> word.contains(".sst deleted"))
                && words.stream().anyMatch(word -> word.contains("MANIFEST") && word.contains("cut"));
    }

    private static void assertHolds(
            WrittenFolder written, Path folder, FolderReport report, TreeMap<byte[], byte[]> given, boolean untold) {
        for (var each : given.entrySet()) {
            assertThat(SelfCheck.passes(each.getKey(), each.getValue())).isTrue();
        }
        for (var read : report.logs()) {
            assertThat(given.containsKey(Keys.damage(read.number())))
                    .as("log %d has a note if it lacks something", read.number())
                    .isEqualTo(!read.isWell());
        }
        // These say that whole logs, or the newest writes of any log, may be missing.
        var unattributable = untold
                || report.findings().stream()
                        .anyMatch(text -> text.contains("nobody can say")
                                || text.contains("names of logs")
                                || text.contains("write-ahead log") && text.contains("missing"));
        for (var log : written.logs.values()) {
            var read = report.logs().stream()
                    .filter(each -> each.number() == log.number)
                    .findFirst();
            if (log.dropped || unattributable || read.isPresent() && !read.get().isWell()) {
                continue;
            }
            assertThat(read).as("log %d is in the report", log.number).isPresent();
            assertThat(keysOf(log, given)).as("log %d", log.number).isEqualTo(keysOf(log, written.state));
        }
    }

    private static TreeMap<String, Integer> keysOf(WrittenFolder.Log log, TreeMap<byte[], byte[]> all) {
        var keys = new TreeMap<byte[], byte[]>(Arrays::compareUnsigned);
        all.forEach((key, value) -> {
            var isOurs = switch (key[0]) {
                case Keys.NAME_KIND -> Keys.nameOf(key).equals(log.name);
                case Keys.ROOT_KIND, Keys.CELL_KIND, Keys.META_KIND -> Keys.numberOf(key) == log.number;
                case Keys.ENTRY_KIND -> Keys.numberOf(key) == log.number && Keys.indexOf(key) > log.base.index();
                default -> false;
            };
            if (isOurs) {
                keys.put(key, value);
            }
        });
        return WrittenFolder.digest(keys);
    }

    private static TreeMap<String, Integer> snapshot(Path folder) throws IOException {
        var snapshot = new TreeMap<String, Integer>();
        try (var files = Files.list(folder)) {
            for (var file : files.toList()) {
                snapshot.put(FolderFiles.nameOf(file), Arrays.hashCode(Files.readAllBytes(file)));
            }
        }
        return snapshot;
    }
}
