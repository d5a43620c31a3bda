package io.engram.log;

import java.util.Optional;

/**
 * An ordered map of bytes on a disk: what the log needs of LevelDB, and no more. Tests put faults in between here, and
 * another engine would take its place here.
 */
interface OrderedStore extends AutoCloseable {
    /** Changes that are made together or not at all, gathered one by one. Not safe for several threads at a time. */
    interface Batch extends AutoCloseable {
        /** The arrays are copied, or must not change any more. */
        void put(byte[] key, byte[] value);

        void delete(byte[] key);

        /** How many changes it holds. */
        int size();

        @Override
        void close();
    }

    /** Takes what a scan meets. */
    @FunctionalInterface
    interface Visitor {
        /** Returns whether to go on. */
        boolean visit(byte[] key, byte[] value);
    }

    Batch newBatch();

    Optional<byte[]> get(byte[] key);

    /**
     * Makes all the changes of a batch of this store.
     *
     * @param force whether to return only when they are on the disk
     */
    void write(Batch batch, boolean force);

    /** Visits the entries from {@code from}, included, to {@code to}, excluded, as they are now. */
    void scan(byte[] from, byte[] to, Visitor visitor);

    /**
     * As {@link #scan}, for a visitor that holds each value against a checksum of its own: the database may leave out
     * its check of the same bytes.
     */
    default void scanChecked(byte[] from, byte[] to, Visitor visitor) {
        scan(from, to, visitor);
    }

    /** The last key before {@code key}. There must be a key at or after it. */
    Optional<byte[]> lastKeyBefore(byte[] key);

    /** About how many bytes the range takes in files that could be compacted. */
    long approximateBytes(byte[] from, byte[] to);

    /** Rewrites the range without what was removed, and makes every earlier write durable. May take long. */
    void compact(byte[] from, byte[] to);

    /**
     * Opens the database anew where it was open, after a write has failed: only then is it known what the disk holds.
     * Everybody else waits meanwhile.
     */
    void reopen();

    @Override
    void close();
}
