package io.engram.log;

import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.bytes;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.settings;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Seeded histories of several logs on a disk that forgets what was not forced. What is asked of one log is carried out in
 * the order in which it was asked, so after a cut a log must be as some beginning of its history made it, and that must
 * hold everything that was answered.
 */
class PowerCutTest {
    private static final int LOGS = 5;
    private static final int CUTS = 12;
    private static final int WRITES_TO_A_CUT = 60;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    /** What a log is: its texts and how many of them were truncated; also what a drop leaves. */
    private record State(List<String> texts, int truncated) {
        static final State NONE = new State(List.of(), 0);

        List<String> left() {
            return texts.subList(truncated, texts.size());
        }
    }

    /** Something that was asked, what the log is once it is done, and the answer. */
    private record Asked(State after, CompletionStage<?> answer) {}

    /** A log's history since the last cut. */
    private static final class History {
        State before = State.NONE;
        final List<Asked> asked = new ArrayList<>();

        State last() {
            return asked.isEmpty() ? before : asked.getLast().after();
        }
    }

    private final Map<String, History> histories = new LinkedHashMap<>();

    private static boolean isDone(CompletionStage<?> answer) {
        var future = answer.toCompletableFuture();
        try {
            future.get(30, TimeUnit.SECONDS);
            return true;
        } catch (java.util.concurrent.ExecutionException e) {
            if (e.getCause() instanceof LogFailedException || e.getCause() instanceof LogClosedException) {
                return false;
            }
            throw new CompletionException(e.getCause());
        } catch (InterruptedException | java.util.concurrent.TimeoutException e) {
            throw new IllegalStateException("no answer", e);
        }
    }

    /** Asks for something without waiting for what was asked before. */
    private static void ask(LogStore store, String log, History history, Random random) {
        var state = history.last();
        switch (random.nextInt(12)) {
            case 0 -> {
                if (!state.texts().isEmpty()) {
                    // Only what is durable is truncated.
                    history.asked.forEach(asked -> isDone(asked.answer()));
                    var to = state.truncated() + random.nextInt(state.texts().size() - state.truncated() + 1);
                    history.asked.add(new Asked(new State(state.texts(), to), store.truncateTo(log, to)));
                }
            }
            case 1 -> {
                if (random.nextInt(3) == 0) {
                    history.asked.add(new Asked(State.NONE, store.drop(log)));
                    // A log of the same name is another one from now on; whoever makes it waits for the end of this
                    // one.
                    isDone(history.asked.getLast().answer());
                }
            }
            default -> {
                var texts = new ArrayList<>(state.texts());
                var added = new ArrayList<byte[]>();
                for (var left = 1 + random.nextInt(3); left > 0; left--) {
                    var text = log + ":" + random.nextLong();
                    texts.add(text);
                    added.add(bytes(text));
                }
                history.asked.add(new Asked(
                        new State(List.copyOf(texts), state.truncated()),
                        store.append(log, state.texts().size() + 1, added)));
            }
        }
    }

    /** One life between two cuts; what it found wrong at its beginning. */
    private List<String> live(CutStore.Disk disk, boolean heedsForces, Random random) {
        var stores = new ArrayList<CutStore>();
        var faults = new ArrayList<String>();
        try (var store = LevelLogStore.open(settings(folder), new SimpleMeterRegistry(), database -> {
            // Only its folder's lock is of use here.
            database.close();
            stores.add(new CutStore(disk, heedsForces));
            return stores.getFirst();
        })) {
            histories.forEach((log, history) -> compare(store, log, history).ifPresent(faults::add));
            stores.getFirst().cutWithin(WRITES_TO_A_CUT, random.nextLong());
            while (!store.failed().toCompletableFuture().isDone()) {
                var log = "log" + random.nextInt(LOGS);
                try {
                    ask(store, log, histories.computeIfAbsent(log, name -> new History()), random);
                } catch (CutStore.PowerIsOff e) {
                    break;
                }
            }
        } catch (CutStore.PowerIsOff e) {
            // While it opened.
        }
        stores.getFirst().cut(random.nextLong());
        return faults;
    }

    private static java.util.Optional<String> compare(LogStore store, String log, History history) {
        var texts = readAll(store, log);
        var highest = await(store.last(log)).index();
        var truncated = store.base(log).index();
        var found = -1;
        var answered = 0;
        for (var i = 0; i <= history.asked.size(); i++) {
            var state = i == 0 ? history.before : history.asked.get(i - 1).after();
            if (i > 0 && isDone(history.asked.get(i - 1).answer())) {
                answered = i;
            }
            if (state.left().equals(texts) && state.texts().size() == highest && state.truncated() == truncated) {
                found = i;
            }
        }
        var before = found < 0
                ? State.NONE
                : found == 0 ? history.before : history.asked.get(found - 1).after();
        var fault = found >= answered
                ? java.util.Optional.<String>empty()
                : java.util.Optional.of(
                        "%s: %d changes were asked for and %d answered, but %s is there: %d of %d truncated, %s"
                                .formatted(
                                        log,
                                        history.asked.size(),
                                        answered,
                                        found < 0 ? "none of their states" : "the state after " + found,
                                        truncated,
                                        highest,
                                        texts));
        history.before = before;
        history.asked.clear();
        return fault;
    }

    private List<String> faultsOf(long seed, boolean heedsForces) {
        var random = new Random(seed);
        var disk = new CutStore.Disk();
        var faults = new ArrayList<String>();
        for (var cut = 0; cut < CUTS && faults.isEmpty(); cut++) {
            faults.addAll(live(disk, heedsForces, random));
        }
        return faults;
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void afterACutEveryLogHoldsWhatWasAnsweredAndNoHalfOfAnything(long seed) {
        assertThat(faultsOf(seed, true)).as("seed %d", seed).isEmpty();
    }

    @Test
    void aDiskThatDoesNotForceIsCaught() {
        assertThat(faultsOf(1, false)).isNotEmpty();
    }
}
