package io.engram.log.files;

import java.io.IOException;
import java.util.Optional;

/** What a folder held before the first change of its write-ahead logs. */
interface Earlier {
    /** Nothing can be said. */
    Earlier UNKNOWN = new Earlier() {
        @Override
        public Optional<byte[]> value(byte[] key) throws BadBytesException {
            throw new BadBytesException(0, "the tables in use are not known");
        }

        @Override
        public long lastEntry(long log, long base) throws BadBytesException {
            throw new BadBytesException(0, "the tables in use are not known");
        }
    };

    /**
     * The newest value of a key; nothing if there is none or if it was deleted.
     *
     * @throws BadBytesException if damage is where the answer may be
     */
    Optional<byte[]> value(byte[] key) throws IOException, BadBytesException;

    /** The index of a log's last entry, if it is above {@code base}; otherwise {@code base}. */
    long lastEntry(long log, long base) throws IOException, BadBytesException;
}
