package io.engram.log.format;

/**
 * An entry as it was read.
 *
 * @param log the log's number in its folder
 * @param index its place, from 1
 * @param epoch under which it was written first
 * @param content the owner's bytes; not copied
 * @param digest of content and place, see {@link Checksums#digest}
 * @param timeMicros microseconds since 1970; never less than the entry before has
 * @param checksum the log's running checksum with this entry
 */
public record Entry(long log, long index, long epoch, byte[] content, long digest, long timeMicros, long checksum) {
    /** Whether it may stand right behind {@code before}. */
    public boolean follows(LogPoint before) {
        return index == before.index() + 1 && checksum == Checksums.next(before.checksum(), digest, timeMicros);
    }

    public LogPoint point() {
        return new LogPoint(index, epoch, timeMicros, checksum);
    }
}
