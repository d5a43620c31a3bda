package io.engram.replication;

import io.engram.log.format.Checksums;
import io.engram.log.format.LogPoint;

/**
 * An entry with its place.
 *
 * @param index from 1
 * @param epoch under which it was written first; copying does not change it
 * @param timeMicros microseconds since 1970; never less than the entry before has
 * @param content the owner's bytes; not copied, so they must not change any more
 * @param checksum the log's running checksum with this entry
 */
public record LogEntry(long index, long epoch, long timeMicros, byte[] content, long checksum) {
    /** What an entry counts for besides its content. */
    public static final int OVERHEAD_BYTES = 64;

    /** The entry that comes behind a point. Its time is the point's if that is later. */
    public static LogEntry after(LogPoint before, long epoch, long timeMicros, byte[] content) {
        var index = before.index() + 1;
        var time = Math.max(timeMicros, before.timeMicros());
        var checksum = Checksums.next(before.checksum(), Checksums.digest(index, epoch, content), time);
        return new LogEntry(index, epoch, time, content, checksum);
    }

    /** Whether it is whole and may stand right behind a point. */
    public boolean follows(LogPoint before) {
        return index == before.index() + 1
                && epoch >= before.epoch()
                && timeMicros >= before.timeMicros()
                && checksum == Checksums.next(before.checksum(), Checksums.digest(index, epoch, content), timeMicros);
    }

    public LogPoint point() {
        return new LogPoint(index, epoch, timeMicros, checksum);
    }

    public long bytes() {
        return content.length + OVERHEAD_BYTES;
    }

    @Override
    public String toString() {
        return "%d(e%d,%08x)".formatted(index, epoch, (int) checksum);
    }
}
