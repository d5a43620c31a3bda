package io.engram.embedding;

import java.nio.file.Path;
import java.util.Optional;

/**
 * How this node turns text into vectors.
 *
 * @param provider with what, if at all
 * @param threads texts embedded at the same time, 1 to 64; each takes one core while it works
 * @param passageQueue most stored texts that wait, 1 or more; beyond that they are refused at once
 * @param cueQueue most search texts that wait, 1 or more; beyond that they are refused at once
 * @param cueCacheBytes about how much memory the vectors of recent search texts may take, 0 (no cache) to 1 GiB
 * @param nativeDirectory a folder into which onnxruntime's libraries and the model are unpacked once (63 MB on Linux),
 *     and from which libraries may be executed; absent: onnxruntime unpacks them at each start to a new folder under
 *     {@code java.io.tmpdir}, and the model takes some 50 MB more memory
 */
public record EmbeddingSettings(
        Provider provider,
        int threads,
        int passageQueue,
        int cueQueue,
        long cueCacheBytes,
        Optional<Path> nativeDirectory) {

    /** With what vectors are made. */
    public enum Provider {
        /** The model on this node, through onnxruntime. */
        ONNX,
        /** A table of word pieces made from that model, in pure Java: less precise, small, and no native library. */
        STATIC,
        /** No vectors are made; memories are found by their words and by vectors of the clients' own. */
        NONE
    }

    /** One thread, 1024 passages and 256 cues that may wait, 8 MiB of cached cues. */
    public static final EmbeddingSettings DEFAULT =
            new EmbeddingSettings(Provider.ONNX, 1, 1024, 256, 8L << 20, Optional.empty());

    public EmbeddingSettings {
        within("threads", threads, 1, 64);
        within("passageQueue", passageQueue, 1, 1_000_000);
        within("cueQueue", cueQueue, 1, 1_000_000);
        within("cueCacheBytes", cueCacheBytes, 0, 1L << 30);
    }

    private static void within(String name, long value, long least, long most) {
        if (value < least || value > most) {
            throw new IllegalArgumentException(name + " must be " + least + " to " + most + ", but is " + value);
        }
    }

    public EmbeddingSettings withProvider(Provider value) {
        return new EmbeddingSettings(value, threads, passageQueue, cueQueue, cueCacheBytes, nativeDirectory);
    }

    public EmbeddingSettings withNativeDirectory(Path value) {
        return new EmbeddingSettings(provider, threads, passageQueue, cueQueue, cueCacheBytes, Optional.of(value));
    }
}
