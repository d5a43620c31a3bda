package io.engram.log;

import java.util.Optional;

/**
 * An ordered map of bytes on a disk: what the log needs of LevelDB, and no more. Tests put faults in between here, and
 * another engine would take its place here.
 */
interface OrderedStore extends AutoCloseable {
    /** Takes an entry. */
    @FunctionalInterface
    interface Visitor {
        /** Returns whether to go on. */
        boolean visit(byte[] key, byte[] value);
    }

    Optional<byte[]> get(byte[] key);

    /**
     * Makes all the changes.
     *
     * @param force whether to return only when they are on the disk
     */
    void write(Batch batch, boolean force);

    /** Visits the entries from {@code from}, included, to {@code to}, excluded, as they are now. */
    void scan(byte[] from, byte[] to, Visitor visitor);

    /** The last key before {@code key}. There must be a key at or after it. */
    Optional<byte[]> lastKeyBefore(byte[] key);

    /** About how many bytes the range takes in files that could be compacted. */
    long approximateBytes(byte[] from, byte[] to);

    /** Rewrites the range without what was removed, and makes every earlier write durable. May take long. */
    void compact(byte[] from, byte[] to);

    @Override
    void close();
}
