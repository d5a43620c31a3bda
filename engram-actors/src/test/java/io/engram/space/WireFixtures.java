package io.engram.space;

import io.engram.memory.Embedding;
import io.engram.memory.EngineSnapshot;
import io.engram.memory.Link;
import io.engram.memory.Memory;
import io.engram.memory.MemoryBody;
import io.engram.memory.MemoryType;
import io.engram.memory.ModelVector;
import io.engram.memory.StoredMemory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * One value of everything that a log or snapshot can hold, by its manifest. Their bytes lie under {@code
 * src/test/resources/wire}; a file there is never changed or removed. For a new version of a form, add its value here
 * and let {@link #main} write the missing files.
 */
final class WireFixtures {
    private static final Instant T = Instant.parse("2026-11-03T10:15:30.123456Z");
    private static final SpaceEvent.RequestKey KEY = new SpaceEvent.RequestKey("key-1", "AAECAwQFBgcICQoLDA0ODw");

    private WireFixtures() {}

    static Memory fullMemory() {
        MemoryBody body = MemoryBody.builder("Ana zog nach Lissabon \u2014 \u6771\u4eac \ud83c\udf0a")
                .type(MemoryType.EPISODIC)
                .confidence(0.95f)
                .confidenceReasoning("she said so")
                .tags(List.of("move", "ana"))
                .metadata(Map.of("source", "chat", "lang", "de"))
                .observedAt(Instant.parse("2026-05-01T00:00:00.000000001Z"))
                .who(List.of("Ana"))
                .where("Lisbon")
                .why("work")
                .how("by train")
                .emotionalValence(-0.25f)
                .importance(0.5f)
                .decayRate(0.125f)
                .embedding(Embedding.of(1f, -2.5f, 0.125f))
                .build();
        return new Memory("mem_1", 3, T, body, List.of(new Link("mem_0", 0.875f, "similar content")));
    }

    static Memory smallMemory() {
        return new Memory("m", 1, T, MemoryBody.builder("x").build(), List.of());
    }

    static Map<String, Object> values() {
        Map<String, Object> values = new LinkedHashMap<>();
        var space = new SpaceId("my-space_1");
        var vector = new ModelVector("model@1", new byte[] {127, -127, 0, 5}, 0.0078125f);
        values.put("space-created/1", new SpaceEvent.Created(space, 7, T));
        values.put("remembered/1", new SpaceEvent.Remembered(fullMemory(), Optional.of(KEY)));
        values.put("remembered/1 small", new SpaceEvent.Remembered(smallMemory(), Optional.empty()));
        values.put("found-duplicate/1", new SpaceEvent.FoundDuplicate("mem_2", "mem_1", KEY, T));
        values.put("embedded/1", new SpaceEvent.Embedded("mem_1", 3, vector, T));
        values.put("forgotten/1", new SpaceEvent.Forgotten("mem_1", ForgetRequest.Mode.SUPPRESS, KEY, T));
        values.put("space-registered/1", new DirectoryEvent.Registered(space, 7, T));
        values.put("space-removed/1", new DirectoryEvent.Removed(space, 7, T));
        values.put("space-purged/1", new DirectoryEvent.Purged(space, 7, T));
        var remembered = new KeptAnswers.Answer.Remembered(KEY, RememberReceipt.of(fullMemory()), T);
        var forgotten = new KeptAnswers.Answer.Forgotten(
                new SpaceEvent.RequestKey("key-2", "f"),
                new ForgetReceipt("mem_9", ForgetRequest.Mode.DELETE, T, false),
                T);
        values.put(
                "space-snapshot/1",
                new SpaceSnapshot(
                        7,
                        T,
                        new EngineSnapshot(
                                List.of(
                                        new StoredMemory(List.of(fullMemory()), false, Optional.of(vector)),
                                        new StoredMemory(List.of(smallMemory()), true, Optional.empty())),
                                3),
                        List.of(remembered, forgotten)));
        values.put(
                "directory-snapshot/1",
                new DirectoryState.Snapshot(
                        List.of(new SpaceRecord(space, 7, T)), List.of(new SpaceRecord(new SpaceId("gone"), 6, T)), 7));
        values.put(
                "directory-snapshot/1 timed",
                new DirectoryState.Snapshot(List.of(new SpaceRecord(space, 7, T)), List.of(), 9, T.plusSeconds(5)));
        return values;
    }

    static Path file(Path folder, String name) {
        return folder.resolve(name.replace('/', '-').replace(' ', '-') + ".hex");
    }

    static byte[] read(Path file) throws IOException {
        return HexFormat.of().parseHex(Files.readString(file).replaceAll("\\s", ""));
    }

    /** Writes the files that are missing into the folder given, and touches no other. */
    public static void main(String[] args) throws IOException {
        Path folder = Path.of(args[0]);
        for (var entry : values().entrySet()) {
            Path file = file(folder, entry.getKey());
            if (!Files.exists(file)) {
                String hex = HexFormat.of().formatHex(SpaceCodec.encode(entry.getValue()));
                Files.writeString(file, hex.replaceAll("(.{100})", "$1\n") + "\n");
            }
        }
    }
}
