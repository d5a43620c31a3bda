package io.engram.embedding;

import io.engram.embedding.EmbeddingSettings.Provider;

/** Puts into one line for an operator why a model could not be loaded, what still works, and what helps. */
final class LoadFailure {
    private static final int LONGEST_CAUSE = 300;

    private LoadFailure() {}

    static String describe(Provider provider, Throwable failure) {
        return "No vectors are made on this node, since the embedding model cannot be loaded: " + brief(failure)
                + ". Everything else works: memories are kept, and found by their words. To cure it, " + cure(provider)
                + " To be without it on purpose, set the embedding provider to none.";
    }

    private static String cure(Provider provider) {
        return switch (provider) {
            case STATIC ->
                "put " + StaticTable.FILE + " into the embedding's native directory, or see that this directory can be"
                        + " written and that the encoder, from which the table is made, loads here.";
            case ONNX, NONE ->
                "see that the native library fits (Linux x64 or aarch64 with glibc 2.28 or newer and libstdc++, macOS"
                        + " aarch64, Windows x64), and that the embedding's native directory, or else java.io.tmpdir,"
                        + " can be written and is not mounted noexec.";
        };
    }

    /** The innermost cause, on one line of bounded length. */
    static String brief(Throwable failure) {
        var cause = failure;
        // A cycle of causes ends here too.
        for (int depth = 0; depth < 16; depth++) {
            var inner = cause.getCause();
            if (inner == null) {
                break;
            }
            cause = inner;
        }
        var message = cause.getMessage();
        var text = cause.getClass().getSimpleName() + (message == null ? "" : ": " + message);
        text = text.replaceAll("\\s+", " ").strip();
        return text.length() <= LONGEST_CAUSE ? text : text.substring(0, LONGEST_CAUSE) + "...";
    }
}
