package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** What the tests of the log share. */
public final class TestLogs {
    private static final long PATIENCE_SECONDS = 60;

    private TestLogs() {}

    /** A log whose forced writes can be made to fail. */
    public record Failing(
            LogStore store, java.util.concurrent.atomic.AtomicReference<@Nullable RuntimeException> failNext) {}

    public static Failing failing(Path folder) {
        var gates = new ArrayList<GatedStore>();
        var store = LevelLogStore.open(settings(folder), new SimpleMeterRegistry(), database -> {
            gates.add(new GatedStore(database, 1_000));
            return gates.getFirst();
        });
        return new Failing(store, gates.getFirst().failNext);
    }

    public static LogStoreSettings settings(Path folder) {
        return LogStoreSettings.of(folder).withMinFreeBytes(0);
    }

    public static LogStore open(Path folder) {
        return open(settings(folder));
    }

    static LogStore open(LogStoreSettings settings) {
        return LogStore.open(settings, new SimpleMeterRegistry());
    }

    /** Waits for a stage, throwing what it failed with. */
    public static <T> T await(CompletionStage<T> stage) {
        try {
            return stage.toCompletableFuture().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw new IllegalStateException(e);
        } catch (TimeoutException e) {
            throw new IllegalStateException("no answer", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    public static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static List<byte[]> records(String... texts) {
        return List.of(texts).stream().map(TestLogs::bytes).toList();
    }

    /** Appends one record for each text, each in a call of its own. */
    public static void appendAll(LogStore store, String log, long first, String... texts) {
        for (var text : texts) {
            await(store.append(log, first++, records(text)));
        }
    }

    public static List<String> readAll(LogStore store, String log) {
        var texts = new ArrayList<String>();
        store.read(log, 1, Long.MAX_VALUE - 1, Long.MAX_VALUE, entry -> {
            texts.add(new String(entry.content(), StandardCharsets.UTF_8));
            return true;
        });
        return texts;
    }

    /** The first entry that is not truncated. */
    static Optional<byte[]> first(LogStore store, String log) {
        var found = new ArrayList<byte[]>(1);
        store.read(log, 1, Long.MAX_VALUE - 1, 1, entry -> found.add(entry.content()));
        return found.stream().findFirst();
    }

    /** Changes the entries of a log in a folder that nobody uses, so that they fail their own checks. */
    public static void damage(Path folder, String log, long... indexes) {
        try (var database = LevelDb.open(folder, 1 << 20);
                var batch = database.newBatch()) {
            var name = Keys.name(log);
            var number = Values.numbers(name, database.get(name).orElseThrow(), 1)[0];
            for (var index : indexes) {
                var key = Keys.entry(number, index);
                var value = database.get(key).orElseThrow();
                value[value.length / 2] ^= 0x10;
                batch.put(key, value);
            }
            database.write(batch, true);
        } catch (IOException | BadValueException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Takes a log out of a folder that nobody uses, with all that tells of it but its entries. */
    public static void loseNameAndRoot(Path folder, String log) {
        try (var database = LevelDb.open(folder, 1 << 20);
                var batch = database.newBatch()) {
            var name = Keys.name(log);
            batch.delete(name);
            batch.delete(Keys.root(Values.numbers(name, database.get(name).orElseThrow(), 1)[0]));
            database.write(batch, true);
        } catch (IOException | BadValueException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * Copies a folder as a crash would leave it. The lock files stay behind: closing a copy of theirs would drop the locks of
     * this process.
     */
    public static void copy(Path from, Path to) {
        try (var files = Files.walk(from)) {
            for (var file : files.toList()) {
                var target = to.resolve(from.relativize(file));
                var name = file.getFileName().toString();
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else if (!name.equals("LOCK") && !name.equals(FolderLock.FILE)) {
                    Files.copy(file, target);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
