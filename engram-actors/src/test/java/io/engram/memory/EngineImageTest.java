package io.engram.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.memory.image.DamagedImageException;
import io.engram.memory.image.ImageReader;
import io.engram.memory.image.ImageSource;
import io.engram.memory.image.ImageWriter;
import io.engram.memory.text.Analysis;
import io.engram.memory.text.Analyzer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What comes out of an image answers, goes on and is written as what went in. */
class EngineImageTest {
    private static final int OPERATIONS = 400;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6})
    void aRestoredEngineAnswersAndGoesOnAsTheOneItWasTakenOf(long seed) throws IOException {
        Random random = new Random(seed);
        SpaceEngine engine = new SpaceEngine(EngineSettings.DEFAULT, 8);
        Map<String, EngineModelTest.Naive> model = new LinkedHashMap<>();
        SpaceEngine restored = new SpaceEngine();
        for (int step = 0; step < OPERATIONS; step++) {
            // The same change to both, from the same random numbers.
            long changeSeed = random.nextLong();
            Map<String, EngineModelTest.Naive> twin = copy(model);
            EngineModelTest.change(engine, model, new Random(changeSeed), step);
            EngineModelTest.change(restored, twin, new Random(changeSeed), step);
            if (step % 25 == 24) {
                String when = "seed " + seed + ", step " + step;
                byte[] image = Images.bytes(engine);
                assertThat(Images.bytes(restored)).as(when).isEqualTo(image);
                assertThat(EngineModelTest.answers(restored.view()))
                        .as(when)
                        .isEqualTo(EngineModelTest.answers(engine.view()));
                restored = Images.engine(Images.inPieces(image, random));
                // Written again before anything of it has become an object, and after.
                assertThat(Images.bytes(restored)).as(when).isEqualTo(image);
                assertThat(EngineModelTest.answers(restored.view()))
                        .as(when)
                        .isEqualTo(EngineModelTest.answers(engine.view()));
                assertThat(Images.bytes(restored)).as(when).isEqualTo(image);
                assertThat(List.copyOf(restored.snapshot().memories()))
                        .as(when)
                        .isEqualTo(List.copyOf(engine.snapshot().memories()));
            }
        }
    }

    private static Map<String, EngineModelTest.Naive> copy(Map<String, EngineModelTest.Naive> model) {
        Map<String, EngineModelTest.Naive> copy = new LinkedHashMap<>();
        model.forEach((id, naive) -> {
            var twin = new EngineModelTest.Naive();
            twin.versions.addAll(naive.versions);
            twin.suppressed = naive.suppressed;
            twin.vector = naive.vector;
            copy.put(id, twin);
        });
        return copy;
    }

    @Test
    void anImageIsOfTheMomentInWhichItWasTaken() throws IOException {
        SpaceEngine engine = Memories.engineOf("one", "two");
        byte[] before = Images.bytes(engine);
        EngineImage image = engine.image();
        engine.put(Memories.of("m2", "three"));
        engine.delete("m0");
        var bytes = new ByteArrayOutputStream();
        var out = new ImageWriter(
                piece -> bytes.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining()));
        image.write(out);
        out.finish();
        assertThat(bytes.toByteArray()).isEqualTo(before);
        assertThat(image.size()).isEqualTo(2);
    }

    @Test
    void severalBlocksOfEverythingComeBack() throws IOException {
        SpaceEngine engine = new SpaceEngine();
        Random random = new Random(3);
        for (int i = 0; i < 5_000; i++) {
            MemoryBody.Builder body = MemoryBody.builder("text " + i + " of garden " + i % 7);
            if (i % 3 == 0) {
                body.embedding(Embedding.of(floats(random, 5)));
            }
            engine.put(Memories.of("id-" + i, 1, random.nextInt(1000), body.build()));
            if (i % 2 == 0) {
                engine.attachVector("id-" + i, 1, ModelVector.quantise("m" + i % 3, floats(random, 6)));
            }
            if (i % 50 == 0) {
                engine.suppress("id-" + i);
            }
        }
        byte[] image = Images.bytes(engine);
        SpaceEngine restored = Images.engine(image);
        assertThat(Images.bytes(restored)).isEqualTo(image);
        for (int i = 0; i < 5_000; i += 17) {
            assertThat(restored.current("id-" + i)).isEqualTo(engine.current("id-" + i));
        }
        assertThat(restored.current("id-5000")).isEmpty();
        assertThat(EngineModelTest.answers(restored.view())).isEqualTo(EngineModelTest.answers(engine.view()));
        for (int i = 0; i < 3_000; i++) {
            restored.put(Memories.of("new-" + i, "more " + i));
            engine.put(Memories.of("new-" + i, "more " + i));
        }
        assertThat(Images.bytes(restored)).isEqualTo(Images.bytes(engine));
    }

    @Test
    void everyPartOfAMemoryComesBackWhateverItHolds() throws IOException {
        long seed = 11;
        Random random = new Random(seed);
        SpaceEngine engine = new SpaceEngine();
        List<Memory> memories = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            memories.add(memory(i, random));
            engine.put(memories.getLast());
        }
        SpaceEngine restored = Images.engine(Images.bytes(engine));
        for (Memory memory : memories) {
            assertThat(restored.current(memory.id())).as("seed " + seed).hasValue(memory);
        }
    }

    private static Memory memory(int number, Random random) {
        MemoryBody.Builder body = MemoryBody.builder(text(random))
                .type(MemoryType.values()[random.nextInt(4)])
                .confidence(random.nextFloat());
        if (random.nextBoolean()) {
            body.confidenceReasoning(text(random)).where(text(random));
        }
        if (random.nextBoolean()) {
            body.why(text(random)).decayRate(random.nextFloat());
        }
        if (random.nextBoolean()) {
            body.how(text(random)).importance(random.nextFloat());
        }
        if (random.nextBoolean()) {
            body.emotionalValence(random.nextFloat() * 2 - 1).observedAt(time(random));
        }
        if (random.nextBoolean()) {
            body.embedding(Embedding.of(floats(random, 3)));
        }
        Map<String, String> metadata = new HashMap<>();
        List<String> texts = new ArrayList<>();
        List<Link> links = new ArrayList<>();
        for (int i = random.nextInt(4); i > 0; i--) {
            metadata.put(text(random), text(random));
            texts.add(text(random));
            links.add(new Link(text(random), random.nextFloat(), text(random)));
        }
        body.metadata(metadata).tags(texts).who(texts.reversed());
        return new Memory(text(random) + number, 1 + random.nextInt(1 << 30), time(random), body.build(), links);
    }

    private static Instant time(Random random) {
        return Instant.ofEpochSecond(random.nextLong(4_000_000_000L) - 2_000_000_000L, random.nextInt(1_000_000_000));
    }

    /** Ascii, accents, Han, pictographs, and halves of surrogate pairs, which UTF-8 cannot carry. */
    private static String text(Random random) {
        StringBuilder text = new StringBuilder();
        String[] parts = {"a", "Zürich", "東京", "🌊", "\ud83c", "\udf0a", "?", "\n", "\0", " "};
        for (int i = random.nextInt(12); i > 0; i--) {
            text.append(parts[random.nextInt(parts.length)]);
        }
        return text.toString();
    }

    private static float[] floats(Random random, int dimension) {
        float[] values = new float[dimension];
        for (int i = 0; i < dimension; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static SpaceEngine small() {
        SpaceEngine engine = Memories.engineOf("a stone in the river", "music at night", "gone");
        engine.put(Memories.of(
                "m0",
                2,
                9,
                MemoryBody.builder("a stone in the garden")
                        .tags(List.of("x"))
                        .embedding(Embedding.of(1f, 2f))
                        .build()));
        engine.attachVector("m1", 1, ModelVector.quantise("model", new float[] {1, -1, 3}));
        engine.suppress("m2");
        return engine;
    }

    @Test
    void everyChangedByteIsSeen() {
        byte[] whole = Images.bytes(small());
        for (int i = 0; i < whole.length; i++) {
            for (int bit = 0; bit < 8; bit++) {
                byte[] damaged = whole.clone();
                damaged[i] ^= (byte) (1 << bit);
                assertThatThrownBy(() -> Images.engine(damaged))
                        .as("byte %d, bit %d", i, bit)
                        .isInstanceOf(DamagedImageException.class);
            }
        }
        assertThatCode(() -> Images.engine(whole)).doesNotThrowAnyException();
    }

    @Test
    void everyCutAndEverythingBehindTheEndIsSeen() {
        byte[] whole = Images.bytes(small());
        for (int length = 0; length < whole.length; length++) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> Images.engine(cut))
                    .as("cut to %d", length)
                    .isInstanceOf(DamagedImageException.class);
        }
        assertThatThrownBy(() -> Images.engine(Arrays.copyOf(whole, whole.length + 1)))
                .isInstanceOf(DamagedImageException.class);
    }

    @Test
    void numbersOfAnySizeInAnyPlaceNeverTakeTheMemoryAway() throws IOException {
        List<Section> sections = sections(Images.bytes(small()));
        int[] lies = {Integer.MAX_VALUE, Integer.MIN_VALUE, -1, 1 << 30, 1 << 20, 70_000, 0};
        int tried = 0;
        for (int s = 0; s < sections.size(); s++) {
            for (int at = 0; at + 4 <= sections.get(s).content.length; at++) {
                for (int lie : lies) {
                    // With right checksums, so that the numbers themselves have to be looked at.
                    byte[] changed = sections.get(s).content.clone();
                    ByteBuffer.wrap(changed)
                            .order(java.nio.ByteOrder.LITTLE_ENDIAN)
                            .putInt(at, lie);
                    List<Section> forged = new ArrayList<>(sections);
                    forged.set(s, new Section(sections.get(s).kind, changed));
                    try {
                        Images.engine(bytes(forged));
                    } catch (DamagedImageException e) {
                        tried++;
                    }
                }
            }
        }
        assertThat(tried).isPositive();
    }

    @Test
    void sectionsOfAnotherPlaceAreSeen() throws IOException {
        byte[] whole = Images.bytes(small());
        List<Section> sections = sections(whole);
        assertThat(bytes(sections)).isEqualTo(whole);
        for (int i = 0; i < sections.size(); i++) {
            List<Section> without = new ArrayList<>(sections);
            Section moved = without.remove(i);
            assertThatThrownBy(() -> Images.engine(bytes(without))).isInstanceOf(IOException.class);
            without.add(i == 0 ? sections.size() - 1 : 0, moved);
            assertThatThrownBy(() -> Images.engine(bytes(without))).isInstanceOf(IOException.class);
        }
    }

    @Test
    void anIdThatIsThereTwiceIsSeen() throws IOException {
        SpaceEngine engine = Memories.engineOf("one", "two");
        List<Section> sections = new ArrayList<>(sections(Images.bytes(engine)));
        for (int s = 0; s < sections.size(); s++) {
            byte[] content = sections.get(s).content.clone();
            ByteBuffer in = ByteBuffer.wrap(content).order(java.nio.ByteOrder.LITTLE_ENDIAN);
            if (sections.get(s).kind == EngineImage.PAGE) {
                int length = in.getInt(8);
                System.arraycopy(content, 16, content, 16 + length, 3);
            } else if (sections.get(s).kind == EngineImage.ENTRIES) {
                in.putInt(8, in.getInt(4));
            }
            sections.set(s, new Section(sections.get(s).kind, content));
        }
        assertThatThrownBy(() -> Images.engine(bytes(sections))).hasMessageContaining("an id twice");
    }

    @Test
    void anImageOfAnotherAnalyzerIsAnalyzedAnew() throws IOException {
        SpaceEngine engine = small();
        List<Section> sections = new ArrayList<>();
        for (Section section : sections(Images.bytes(engine))) {
            byte[] content = section.content.clone();
            if (section.kind == EngineImage.ENGINE) {
                content[0]++;
            } else if (section.kind == EngineImage.ROWS) {
                // The terms of another analyzer are others.
                Arrays.fill(content, 4, 4 + 8, (byte) 7);
                Arrays.fill(content, content.length - 4, content.length, (byte) 7);
            }
            sections.add(new Section(section.kind, content));
        }
        SpaceEngine restored = Images.engine(bytes(sections));
        assertThat(EngineModelTest.answers(restored.view())).isEqualTo(EngineModelTest.answers(engine.view()));
        assertThat(Images.bytes(restored)).isEqualTo(Images.bytes(engine));
    }

    /** If this fails, texts give other terms than they did: the analyzer's version has to go up with the sum. */
    @Test
    void theAnalyzersVersionStandsForWhatItGives() {
        CRC32C sum = new CRC32C();
        for (String text : List.of(
                "The stones were running quickly; nobody's river, isn't it?",
                "Zürich, ÅNGSTRÖM and straße — naïve café",
                "東京に行きました カタカナ 한국어 ภาษาไทย",
                "हिन्दी עִבְרִית عَرَبِيّ Ελλάς Москва ё",
                "x 1234 a1b2 🌊🌊 ½ ﬁne ①")) {
            Analysis analysis = new Analyzer().document(text);
            ByteBuffer bytes = ByteBuffer.allocate(8 + 4 * analysis.length()).putLong(analysis.textHash());
            bytes.asIntBuffer().put(analysis.terms());
            sum.update(bytes.rewind());
        }
        assertThat(Analyzer.VERSION).isEqualTo(1);
        assertThat(sum.getValue()).isEqualTo(2_574_580_956L);
    }

    @Test
    void idsOfAnImageStayRightThroughChanges() throws IOException {
        long seed = 5;
        Random random = new Random(seed);
        SpaceEngine engine = new SpaceEngine();
        for (int i = 0; i < 200; i++) {
            // Ids with one and the same hash code lie side by side.
            engine.put(Memories.of((i % 2 == 0 ? "Aa" : "BB") + i / 2, "text " + i));
        }
        SpaceEngine restored = Images.engine(Images.bytes(engine));
        for (int step = 0; step < 2_000; step++) {
            String id = (random.nextBoolean() ? "Aa" : "BB") + random.nextInt(110);
            if (random.nextBoolean()) {
                engine.delete(id);
                restored.delete(id);
            } else {
                int version = engine.current(id).map(Memory::version).orElse(0) + 1;
                Memory memory = Memories.of(
                        id, version, step, MemoryBody.builder("again").build());
                engine.put(memory);
                restored.put(memory);
            }
            assertThat(restored.current(id)).as("seed " + seed).isEqualTo(engine.current(id));
        }
        assertThat(Images.bytes(restored)).isEqualTo(Images.bytes(engine));
        assertThat(restored.view().get("nobody")).isEqualTo(Optional.empty());
    }

    private record Section(int kind, byte[] content) {}

    private static List<Section> sections(byte[] image) throws IOException {
        List<Section> sections = new ArrayList<>();
        ImageReader in = new ImageReader(ImageSource.of(image));
        for (int kind = in.next(); kind >= 0; kind = in.next()) {
            sections.add(new Section(kind, in.getBytes((int) in.left())));
            in.end();
        }
        return sections;
    }

    private static byte[] bytes(List<Section> sections) throws IOException {
        var bytes = new ByteArrayOutputStream();
        ImageWriter out = new ImageWriter(
                piece -> bytes.write(piece.array(), piece.arrayOffset() + piece.position(), piece.remaining()));
        for (Section section : sections) {
            out.begin(section.kind, section.content.length);
            out.putBytes(section.content, 0, section.content.length);
            out.end();
        }
        out.finish();
        return bytes.toByteArray();
    }
}
