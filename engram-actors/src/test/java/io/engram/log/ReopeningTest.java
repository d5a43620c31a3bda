package io.engram.log;

import static io.engram.log.TestLogs.appendAll;
import static io.engram.log.TestLogs.await;
import static io.engram.log.TestLogs.bytes;
import static io.engram.log.TestLogs.open;
import static io.engram.log.TestLogs.readAll;
import static io.engram.log.TestLogs.records;
import static io.engram.log.TestLogs.settings;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.files.TornTail;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A database that is opened anew while its logs are in use, and what it finds damaged then. */
class ReopeningTest {
    private static final String CORRUPTION = "Corruption: block checksum mismatch";
    private static final String NO_ROOM = "IO error: 000003.log: No space left on device";
    private static final String DAMAGED_LATER = "this is damaged later";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    private final AtomicReference<GatedStore> gated = new AtomicReference<>();

    private LogStore openGated() {
        return LevelLogStore.open(settings(folder), new SimpleMeterRegistry(), database -> {
            gated.set(new GatedStore(database, 1_000));
            return gated.get();
        });
    }

    /** Has the next forced write fail with this, which opens the database anew, and waits for that. */
    private void reopen(LogStore store, String cause) {
        gated.get().failNext.set(DatabaseException.of(new IOException(cause)));
        assertThatThrownBy(() -> await(store.append("trigger", 1, records("unknown"))))
                .isInstanceOf(LogOutcomeUnknownException.class);
        org.awaitility.Awaitility.await()
                .until(() -> store.refusal().isEmpty()
                        || store.failed().toCompletableFuture().isDone());
        assertThat(store.failed().toCompletableFuture())
                .as("the writer goes on")
                .isNotDone();
    }

    /** What is damaged of the log number 1, {@code a}, whose last index is 3. */
    private enum Part {
        NAME(Keys.name("a")),
        ROOT(Keys.root(1)),
        LAST_ENTRY(Keys.entry(1, 3)),
        META(Keys.meta(1));

        private final byte[] key;

        Part(byte[] key) {
            this.key = key;
        }
    }

    private static void put(OrderedStore database, byte[] key, byte[] value) {
        change(database, batch -> batch.put(key, value));
    }

    private static void change(OrderedStore database, Consumer<OrderedStore.Batch> change) {
        try (var batch = database.newBatch()) {
            change.accept(batch);
            database.write(batch, true);
        }
    }

    @ParameterizedTest
    @EnumSource(Part.class)
    void aLogThatIsFoundDamagedIsQuarantinedAloneAndTheWriterGoesOn(Part part) {
        var told = new ArrayList<Quarantine>();
        try (var store = openGated()) {
            store.onQuarantine(told::add);
            appendAll(store, "a", 1, "one", "two", "three");
            await(store.write(
                    List.of(new LogChange.PutMeta("a", new Values.Meta(1, List.of(), java.util.Optional.empty())))));
            appendAll(store, "b", 1, "one");
            gated.get().afterReopening.set(database -> put(database, part.key, new byte[60]));
            reopen(store, CORRUPTION);
            assertThat(told).extracting(Quarantine::log).containsExactly("a");
            assertThat(store.quarantined()).isEqualTo(told);
            assertThatThrownBy(() -> readAll(store, "a")).isInstanceOf(LogQuarantinedException.class);
            assertThatThrownBy(() -> await(store.append("a", 4, records("four"))))
                    .isInstanceOf(LogQuarantinedException.class);
            appendAll(store, "b", 2, "two");
            assertThat(readAll(store, "b")).containsExactly("one", "two");
            await(store.drop("a"));
            appendAll(store, "a", 1, "a new log");
            assertThat(store.quarantined()).isEmpty();
        }
        try (var store = open(folder)) {
            assertThat(readAll(store, "a")).containsExactly("a new log");
            assertThat(readAll(store, "b")).containsExactly("one", "two");
        }
    }

    /** Of a tail that is gone nothing tells but the note. */
    @ParameterizedTest
    @ValueSource(strings = {CORRUPTION, NO_ROOM})
    void aLossThatTheCheckHasNotedIsHeededAtOnce(String cause) {
        try (var store = openGated()) {
            appendAll(store, "a", 1, "one", "two", "three");
            appendAll(store, "b", 1, "one");
            gated.get()
                    .afterReopening
                    .set(database -> change(database, batch -> {
                        batch.delete(Keys.entry(1, 3));
                        batch.put(Keys.damage(1), Values.damage(1, List.of(new Values.Lost(3, 3, "lost"))));
                    }));
            reopen(store, cause);
            assertThat(store.quarantined()).extracting(Quarantine::log).containsExactly("a");
            assertThatThrownBy(() -> await(store.append("a", 3, records("another three"))))
                    .isInstanceOf(LogQuarantinedException.class);
            assertThatThrownBy(() -> await(store.last("a"))).isInstanceOf(LogQuarantinedException.class);
            appendAll(store, "b", 2, "two");
        }
    }

    @Test
    void anEndThatIsMissingIsNoticedByTheNoteOfTheLastWrite() {
        try (var store = openGated()) {
            appendAll(store, "b", 1, "one");
            appendAll(store, "a", 1, "one", "two", "three");
            gated.get().afterReopening.set(database -> change(database, batch -> batch.delete(Keys.entry(2, 3))));
            reopen(store, NO_ROOM);
            assertThat(store.quarantined()).extracting(Quarantine::log).containsExactly("a");
            assertThatThrownBy(() -> await(store.append("a", 3, records("another three"))))
                    .isInstanceOf(LogQuarantinedException.class);
            appendAll(store, "b", 2, "two");
        }
        try (var store = open(folder)) {
            assertThat(store.quarantined()).extracting(Quarantine::log).containsExactly("a");
        }
    }

    @Test
    void aBitThatFlipsInTheWriteAheadLogIsFoundByTheCheckAndStaysFound() {
        try (var store = openGated()) {
            appendAll(store, "b", 1, "one");
            appendAll(store, "a", 1, "one", "two", DAMAGED_LATER);
            appendAll(store, "b", 2, "two", "three");
            gated.get().beforeReopening.set(this::flip);
            reopen(store, CORRUPTION);
            assertThat(store.quarantined()).extracting(Quarantine::log).containsExactly("a");
            appendAll(store, "b", 4, "four");
        }
        try (var store = open(folder)) {
            assertThat(store.quarantined()).extracting(Quarantine::log).containsExactly("a");
            assertThat(readAll(store, "b")).containsExactly("one", "two", "three", "four");
        }
    }

    private void flip() {
        try {
            var file = TornTail.newestLog(folder).orElseThrow();
            var bytes = Files.readAllBytes(file);
            var at = new String(bytes, StandardCharsets.ISO_8859_1).indexOf(DAMAGED_LATER);
            assertThat(at).isPositive();
            bytes[at] ^= 1;
            try (var channel = java.nio.channels.FileChannel.open(file, java.nio.file.StandardOpenOption.WRITE)) {
                channel.write(java.nio.ByteBuffer.wrap(bytes, at, 1), at);
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Somebody may be about to use what the directory told before. */
    @Test
    void nobodyGoesOnWithWhatWasKnownOfALogThatIsDamagedNow() throws IOException {
        try (var store = open(folder)) {
            appendAll(store, "a", 1, "one");
            appendAll(store, "b", 1, "one");
        }
        try (var database = LevelDb.open(folder, 1 << 20)) {
            var directory = new LogDirectory(database, folder, 3);
            var damaged = directory.pin("a").orElseThrow();
            var whole = directory.pin("b").orElseThrow();
            put(database, Keys.root(1), bytes("no root"));
            var quarantines = new Quarantines();
            directory.reload(quarantines);
            assertThat(quarantines.all()).extracting(Quarantine::log).containsExactly("a");
            assertThatThrownBy(damaged::published).isInstanceOf(LogQuarantinedException.class);
            assertThatThrownBy(() -> new LogStaging(3, new Quarantines())
                            .check(List.of(new LogStaging.Prepared.Cell(damaged, "cell", new byte[1]))))
                    .isInstanceOf(LogQuarantinedException.class);
            assertThat(whole.published().last().index()).isEqualTo(1);
            assertThat(directory.pin("b")).containsSame(whole);
        }
    }
}
