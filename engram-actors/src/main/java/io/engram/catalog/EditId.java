package io.engram.catalog;

/**
 * Which edit it is, given by whoever wants it and the same at every retry, through whichever node. The document remembers
 * the ids of the edits that it holds, so that a retry after a lost answer is answered and not done twice.
 *
 * @param originator who numbers it
 * @param number from 1, upwards, never used for another edit of the same originator
 * @param knownVersion version of a chosen document that the originator knew when it drew the number. It proves that the
 *     edit is younger than that document, which is what allows the document to forget old edits; see {@link EditLedger}.
 */
public record EditId(Originator originator, long number, long knownVersion) {
    public EditId {
        if (number < 1 || knownVersion < 0) {
            throw new IllegalArgumentException("edit number %d, known version %d".formatted(number, knownVersion));
        }
    }
}
