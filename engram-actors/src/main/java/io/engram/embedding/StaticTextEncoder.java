package io.engram.embedding;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A text's vector as the weighted sum of its word pieces' vectors, out of a table: pure Java, some microseconds a text,
 * and blind to the order of words and to what a word means beside others. What that costs is in {@link EmbeddingModel}.
 *
 * <p>Queries and passages are embedded alike. A text of which the table knows no piece gets all zeros.
 */
final class StaticTextEncoder implements TextEncoder {
    private static final Logger log = LoggerFactory.getLogger(StaticTextEncoder.class);

    private final StaticTable table;
    private final WordPieceTokenizer tokenizer;

    StaticTextEncoder(StaticTable table) {
        this.table = table;
        this.tokenizer = WordPieceTokenizer.of(table.vocabulary());
    }

    /**
     * Reads the table from the directory. Where it is not there, or is damaged, it is made from the encoder, which takes
     * most of a minute of one processor, and kept in the directory.
     *
     * @param directory where the table is or will be; absent: it is made each time
     * @throws Exception if there is no table and none can be made or kept
     * @throws LinkageError if there is no table and the encoder's library cannot be loaded on this machine
     */
    static StaticTextEncoder load(Optional<Path> directory) throws Exception {
        return load(directory, () -> StaticTableMaker.make(directory, 1));
    }

    /** How a table is made that is not there. */
    @FunctionalInterface
    interface Maker {
        StaticTable make() throws Exception;
    }

    static StaticTextEncoder load(Optional<Path> directory, Maker maker) throws Exception {
        if (directory.isEmpty()) {
            return new StaticTextEncoder(maker.make());
        }
        var file = directory.get().toAbsolutePath().resolve(StaticTable.FILE);
        if (Files.isRegularFile(file)) {
            try {
                return new StaticTextEncoder(StaticTable.read(Files.readAllBytes(file)));
            } catch (IOException e) {
                log.warn("{} is damaged and is made anew: {}", file, e.getMessage());
            }
        } else {
            log.info("{} is made from the encoder, which takes a minute and is done once", file);
        }
        Files.createDirectories(directory.get());
        if (!Files.isWritable(directory.get())) {
            throw new IOException(StaticTable.FILE + " is not in " + directory.get() + ", which cannot be written");
        }
        var table = maker.make();
        Unpacker.write(table.bytes(), file);
        return new StaticTextEncoder(table);
    }

    @Override
    public float[] encode(Purpose purpose, String text) {
        var sum = new double[StaticTable.DIMENSION];
        for (int id : tokenizer.encode(text, EmbeddingModel.MAX_TOKENS)) {
            table.addTo(sum, id);
        }
        double squares = 0;
        for (double value : sum) {
            squares += value * value;
        }
        var vector = new float[StaticTable.DIMENSION];
        if (squares > 0) {
            double length = Math.sqrt(squares);
            for (int d = 0; d < vector.length; d++) {
                vector[d] = (float) (sum[d] / length);
            }
        }
        return vector;
    }

    @Override
    public void close() {
        // There is nothing but memory.
    }
}
