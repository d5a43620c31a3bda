package io.engram.journal;

import io.engram.snapshot.SnapshotDecoder;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The readers of streamed snapshots that the settings name, by what they read. */
final class SnapshotDecoders {
    private SnapshotDecoders() {}

    /** @param classes names of classes with a constructor without arguments */
    static Map<String, SnapshotDecoder> load(List<String> classes, ClassLoader loader) {
        var decoders = new HashMap<String, SnapshotDecoder>();
        for (var name : classes) {
            try {
                var decoder = Class.forName(name, true, loader)
                        .asSubclass(SnapshotDecoder.class)
                        .getDeclaredConstructor()
                        .newInstance();
                decoders.put(decoder.manifest(), decoder);
            } catch (ReflectiveOperationException e) {
                throw new IllegalArgumentException(
                        "engram.snapshot-store.decoders names %s, which cannot be used".formatted(name), e);
            }
        }
        return Map.copyOf(decoders);
    }
}
