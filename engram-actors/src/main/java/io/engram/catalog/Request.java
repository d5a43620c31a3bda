package io.engram.catalog;

/** What somebody wants of the catalog, until it is answered. */
sealed interface Request {
    /** The caller's number for it. */
    long number();

    /** The attempt during which it arrived. */
    long since();

    record ToEdit(long number, long since, EditId id, Edit edit) implements Request {}

    record ToRead(long number, long since) implements Request {}
}
