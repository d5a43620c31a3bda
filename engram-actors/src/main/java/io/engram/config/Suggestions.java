package io.engram.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Optional;
import org.apache.commons.text.similarity.JaroWinklerSimilarity;

/** What somebody who made a slip may have meant. */
final class Suggestions {
    /** Below it two names have little in common; found by trying transpositions, missing letters and wrong sections. */
    private static final double LEAST = 0.85;

    private Suggestions() {}

    static Optional<String> closest(String written, Collection<String> known) {
        var similarity = new JaroWinklerSimilarity();
        return known.stream()
                .filter(each -> similarity.apply(written, each) >= LEAST
                        || lastPart(written).equals(lastPart(each)))
                .max(Comparator.comparingDouble(each -> similarity.apply(written, each)));
    }

    private static String lastPart(String path) {
        return path.substring(path.lastIndexOf('.') + 1);
    }
}
