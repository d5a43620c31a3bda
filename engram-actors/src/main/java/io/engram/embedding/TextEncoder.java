package io.engram.embedding;

/** A loaded model. Safe for many threads. */
interface TextEncoder extends AutoCloseable {
    /** What a text is embedded for; models of the E5 family are told, and give different vectors. */
    enum Purpose {
        QUERY,
        PASSAGE
    }

    /**
     * The vector of one text, of unit length; all zeros, which nothing is similar to, where the model knows nothing of
     * the text.
     *
     * @throws Exception if the model fails
     */
    float[] encode(Purpose purpose, String text) throws Exception;

    @Override
    void close();

    /** How a model is come by; slow, and may throw anything, errors of native linking included. */
    @FunctionalInterface
    interface Loader {
        TextEncoder load() throws Exception;
    }
}
