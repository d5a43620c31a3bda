package io.engram.catalog;

import java.util.UUID;

/**
 * The time during which a certain set of voters decides. It is named by the document that named these voters, and by the
 * cluster, so that a message of another cluster or of a generation that never came to be is never taken for one of this.
 *
 * @param cluster drawn when the cluster was founded
 * @param founding the document whose choice by the voters of the generation before made this one
 */
public record Generation(UUID cluster, DocumentId founding) {
    /** The generation that a document founds. */
    public static Generation foundedBy(Document founding) {
        return new Generation(founding.body().cluster(), founding.id());
    }

    /** Counts from 1. */
    public long number() {
        return founding.generation() + 1;
    }

    @Override
    public String toString() {
        return "G" + number();
    }
}
