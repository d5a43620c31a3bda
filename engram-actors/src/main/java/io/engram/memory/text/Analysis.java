package io.engram.memory.text;

/**
 * A text's terms in their order, repeated as often as they occur.
 *
 * @param terms hashes of the stemmed words; stop words have hashes of their own that no content term shares
 * @param stop for each term, whether it is a stop word
 * @param textHash 64 bits over the unstemmed words, equal for texts that differ in case, spacing and punctuation only;
 *     0 when there are no words
 */
public record Analysis(int[] terms, boolean[] stop, long textHash) {
    public int length() {
        return terms.length;
    }

    /** Whether there is a term that is not a stop word. */
    public boolean hasContent() {
        for (boolean s : stop) {
            if (!s) {
                return true;
            }
        }
        return false;
    }
}
