package io.engram.log;

import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.bytes;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Random use, side by side with a model that fits on a page. The seed is in the test's name. */
class LogStoreModelTest {
    private static final int THREADS = 4;
    private static final int LOGS_OF_A_THREAD = 4;
    private static final int STEPS = 150;
    private static final int REOPENINGS = 3;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** What a log should be. */
    private static final class Model {
        final List<String> records = new ArrayList<>();
        int truncated;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void randomUseByManyThreadsIsAsTheModelSays(long seed) throws Exception {
        List<Map<String, Model>> models = new ArrayList<>();
        for (var thread = 0; thread < THREADS; thread++) {
            models.add(new HashMap<>());
        }
        // Small buffers, so that tables, compactions and several batches come into it.
        var settings = settings(folder)
                .withWriteBufferBytes(128 * 1024)
                .withMaxBatch(16, 64 * 1024)
                .withCompactAfterBytes(10_000);
        for (var round = 0; round < REOPENINGS; round++) {
            try (var store = open(settings);
                    var threads = Executors.newFixedThreadPool(THREADS)) {
                List<Callable<Void>> tasks = new ArrayList<>();
                for (var thread = 0; thread < THREADS; thread++) {
                    var number = thread;
                    var random = new Random(seed * 1_000 + round * 10L + thread);
                    tasks.add(() -> {
                        use(store, models.get(number), number, random);
                        return null;
                    });
                }
                for (Future<Void> done : threads.invokeAll(tasks)) {
                    get(done);
                }
            }
        }
        try (var store = open(settings)) {
            models.forEach(model -> model.keySet().forEach(log -> check(store, model, log)));
        }
    }

    private static void use(LogStore store, Map<String, Model> models, int thread, Random random) {
        for (var step = 0; step < STEPS; step++) {
            var log = "thread" + thread + "/log" + random.nextInt(LOGS_OF_A_THREAD);
            var model = models.computeIfAbsent(log, name -> new Model());
            switch (random.nextInt(12)) {
                case 0 -> {
                    var to = random.nextInt(model.records.size() + 3);
                    await(store.truncateTo(log, to));
                    model.truncated = Math.max(model.truncated, Math.min(to, model.records.size()));
                }
                case 1 -> {
                    if (random.nextInt(3) == 0) {
                        await(store.drop(log));
                        models.remove(log);
                    }
                }
                case 2 -> {
                    var wrong = model.records.size() + (random.nextBoolean() ? 2 : 0);
                    if (wrong > 0) {
                        assertThatThrownBy(() -> await(store.append(log, wrong, List.of(bytes("wrong")))))
                                .isInstanceOf(StaleWriterException.class);
                    }
                }
                case 3, 4 -> check(store, models, log);
                default -> append(store, log, model, random);
            }
        }
    }

    private static void append(LogStore store, String log, Model model, Random random) {
        var texts = new ArrayList<String>();
        for (var left = 1 + random.nextInt(3); left > 0; left--) {
            texts.add(log + ":" + random.nextLong() + "x".repeat(random.nextInt(2_000)));
        }
        await(store.append(
                log,
                model.records.size() + 1,
                texts.stream().map(TestLogs::bytes).toList()));
        model.records.addAll(texts);
    }

    private static void check(LogStore store, Map<String, Model> models, String log) {
        var model = models.getOrDefault(log, new Model());
        assertThat(readAll(store, log)).isEqualTo(model.records.subList(model.truncated, model.records.size()));
        assertThat(await(store.last(log)).index()).isEqualTo(model.records.size());
        assertThat(store.base(log).index()).isEqualTo(model.truncated);
        assertThat(store.logs(log, "", 1).contains(log)).isEqualTo(!model.records.isEmpty());
    }

    private static void get(Future<Void> done) throws Exception {
        try {
            done.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof AssertionError assertion) {
                throw assertion;
            }
            throw e;
        }
    }
}
