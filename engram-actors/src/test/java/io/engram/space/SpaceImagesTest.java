package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.memory.Cue;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.Memory;
import io.engram.memory.MemoryBody;
import io.engram.memory.ModelVector;
import io.engram.memory.SearchQuery;
import io.engram.memory.SpaceEngine;
import io.engram.memory.image.DamagedImageException;
import io.engram.memory.image.ImageSource;
import io.engram.snapshot.Position;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.NotSerializableException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Snapshots of spaces in their second form. */
class SpaceImagesTest {
    private static final Path GOLDEN = Path.of("src/test/resources/snapshot/space-snapshot-2.hex");
    private static final Instant T = Instant.parse("2026-11-03T10:15:30.123456Z");
    private static final Position POSITION = new Position(42, 3, 0x0123_4567_89AB_CDEFL);

    /** A little of everything that a space can hold. Its bytes lie under {@link #GOLDEN} and never change. */
    private static SpaceImage little() {
        SpaceEngine engine = new SpaceEngine();
        Memory full = WireFixtures.fullMemory();
        engine.put(
                new Memory(full.id(), 1, T, MemoryBody.builder("an older text").build(), List.of()));
        engine.put(full);
        engine.attachVector(full.id(), 3, new ModelVector("model@1", new byte[] {127, -127, 0, 5}, 0.0078125f));
        engine.put(WireFixtures.smallMemory());
        engine.suppress("m");
        engine.put(new Memory("gone", 1, T, MemoryBody.builder("deleted").build(), List.of()));
        engine.put(new Memory(
                "w", 1, T.minusSeconds(9), MemoryBody.builder("awaits a vector").build(), List.of()));
        engine.delete("gone");
        return new SpaceImage(7, T, engine.image(), answers());
    }

    private static List<KeptAnswers.Answer> answers() {
        var key = new SpaceEvent.RequestKey("key-1", "AAECAwQFBgcICQoLDA0ODw");
        return List.of(
                new KeptAnswers.Answer.Remembered(key, RememberReceipt.of(WireFixtures.fullMemory()), T),
                new KeptAnswers.Answer.Remembered(
                        new SpaceEvent.RequestKey("key-2", "g"),
                        RememberReceipt.forDuplicate(WireFixtures.smallMemory()),
                        T),
                forgotten("key-3", ForgetRequest.Mode.DELETE),
                forgotten("key-4", ForgetRequest.Mode.SUPPRESS));
    }

    private static KeptAnswers.Answer forgotten(String key, ForgetRequest.Mode mode) {
        return new KeptAnswers.Answer.Forgotten(
                new SpaceEvent.RequestKey(key, "f"), new ForgetReceipt("mem_9", mode, T, false), T);
    }

    private static byte[] bytes(SpaceImage image, Position position) throws IOException {
        var bytes = new ByteArrayOutputStream();
        image.write(position, piece -> {
            var some = new byte[piece.remaining()];
            piece.get(some);
            bytes.writeBytes(some);
        });
        return bytes.toByteArray();
    }

    private static RestoredSpace read(byte[] bytes) throws IOException {
        return SpaceImages.read(POSITION, ImageSource.of(bytes));
    }

    @Test
    void whatWasEverWrittenIsStillRead() throws IOException {
        RestoredSpace read = read(WireFixtures.read(GOLDEN));
        assertThat(read.incarnation()).isEqualTo(7);
        assertThat(read.lastTime()).isEqualTo(T);
        assertThat(read.answers()).isEqualTo(answers());
        SpaceEngine engine = read.engine();
        assertThat(engine.current("mem_1")).hasValue(WireFixtures.fullMemory());
        assertThat(engine.isSuppressed("m")).isTrue();
        assertThat(engine.current("m")).hasValue(WireFixtures.smallMemory());
        assertThat(engine.current("gone")).isEmpty();
        assertThat(engine.clientDimension()).isEqualTo(3);
        var view = engine.view();
        assertThat(view.history("mem_1"))
                .extracting(Memory::content)
                .containsExactly("an older text", WireFixtures.fullMemory().content());
        assertThat(view.awaitingEmbedding(9)).extracting(Memory::id).containsExactly("w");
        assertThat(view.statistics().embedded()).isEqualTo(1);
        assertThat(view.statistics().oldest()).hasValue(Instant.parse("2026-05-01T00:00:00.000000001Z"));
        for (String word : List.of("Lissabon", "東京", "🌊")) {
            var found = view.search(new SearchQuery(Cue.ofText(word), 0, 9, Filter.NONE, Fusion.WEIGHTED));
            assertThat(found.hits()).as(word).extracting(h -> h.memory().id()).containsExactly("mem_1");
        }
    }

    @Test
    void whatIsWrittenNowIsWhatWasEverWritten() throws IOException {
        assertThat(bytes(little(), POSITION)).isEqualTo(WireFixtures.read(GOLDEN));
        RestoredSpace read = read(WireFixtures.read(GOLDEN));
        assertThat(bytes(new SpaceImage(7, T, read.engine().image(), read.answers()), POSITION))
                .isEqualTo(WireFixtures.read(GOLDEN));
    }

    @Test
    void everyChangedByteAndEveryCutIsSeen() throws IOException {
        byte[] whole = bytes(little(), POSITION);
        for (int i = 0; i < whole.length; i++) {
            byte[] damaged = whole.clone();
            damaged[i] ^= (byte) (1 << (i % 8));
            assertThatThrownBy(() -> read(damaged)).as("byte %d", i).isInstanceOf(DamagedImageException.class);
            byte[] cut = Arrays.copyOf(whole, i);
            assertThatThrownBy(() -> read(cut)).as("cut to %d", i).isInstanceOf(DamagedImageException.class);
        }
    }

    @Test
    void anImageOfAnotherPlaceInTheLogIsSeen() throws IOException {
        byte[] elsewhere = bytes(little(), new Position(43, 3, POSITION.checksum()));
        assertThatThrownBy(() -> read(elsewhere)).isInstanceOf(DamagedImageException.class);
    }

    @Test
    void manyAnswersComeBackInTheirOrder() throws IOException {
        List<KeptAnswers.Answer> many = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            many.add(forgotten("key-" + i, ForgetRequest.Mode.DELETE));
        }
        var image = new SpaceImage(7, T, new SpaceEngine().image(), many);
        assertThat(read(bytes(image, POSITION)).answers()).isEqualTo(many);
    }

    @Test
    void otherSnapshotStoresTakeItAsAWhole() throws NotSerializableException {
        SpaceImage image = little();
        assertThat(SpaceCodec.manifest(image)).isEqualTo("space-snapshot/2");
        var read = (RestoredSpace) SpaceCodec.decode("space-snapshot/2", SpaceCodec.encode(image));
        assertThat(read.engine().current("mem_1")).hasValue(WireFixtures.fullMemory());
        assertThatThrownBy(() -> SpaceCodec.decode("space-snapshot/2", new byte[100]))
                .isInstanceOf(NotSerializableException.class);
    }

    @Test
    void theFirstFormGivesTheSameSpaceAsTheSecond() throws IOException {
        Object first = Objects.requireNonNull(WireFixtures.values().get("space-snapshot/1"));
        SpaceState state = SpaceState.restore(SpaceSettings.DEFAULTS, first);
        SpaceState again = SpaceState.restore(SpaceSettings.DEFAULTS, read(bytes(state.snapshot(), POSITION)));
        assertThat(bytes(again.snapshot(), POSITION)).isEqualTo(bytes(state.snapshot(), POSITION));
        assertThat(again.answerTo("key-1")).isEqualTo(state.answerTo("key-1")).isPresent();
        assertThat(again.view().get("mem_1")).isEqualTo(Optional.of(WireFixtures.fullMemory()));
        assertThat(again.nextTime(Instant.EPOCH)).isEqualTo(T);
    }

    @Test
    void aLargeSpaceIsSnapshotLessOften() {
        SpaceState state = new SpaceState(withSnapshotEvery(10));
        int snapshots = 0;
        for (int i = 0; i < 1_000; i++) {
            var memory = new Memory("m" + i, 1, T, MemoryBody.builder("x").build(), List.of());
            state.apply(new SpaceEvent.Remembered(memory, Optional.empty()));
            if (state.isSnapshotDue()) {
                state.snapshot();
                snapshots++;
            }
        }
        // Every 10 events up to 160 memories, every 60 or so near the end.
        assertThat(snapshots).isBetween(30, 60);
    }

    private static SpaceSettings withSnapshotEvery(int events) {
        var d = SpaceSettings.DEFAULTS;
        return new SpaceSettings(
                d.maxContentBytes(),
                d.maxDimension(),
                d.maxBatchCommands(),
                d.maxBatchBytes(),
                d.writesInFlightPerSpace(),
                d.writesInFlight(),
                d.readsWaiting(),
                d.readThreads(),
                d.writeTimeout(),
                d.openTimeout(),
                d.idempotencyWindow(),
                d.idempotencyKeysPerSpace(),
                events,
                d.idleTimeout(),
                d.maxOpen(),
                d.embeddingsInFlightPerSpace());
    }

    /** Writes the golden file if it is not there. */
    public static void main(String[] args) throws IOException {
        if (!Files.exists(GOLDEN)) {
            String hex = HexFormat.of().formatHex(bytes(little(), POSITION));
            Files.writeString(GOLDEN, hex.replaceAll("(.{100})", "$1\n") + "\n");
        }
    }
}
