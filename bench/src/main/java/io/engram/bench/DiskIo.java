package io.engram.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * What a process has moved to and from block devices, as the kernel counts it. A write counts in whole pages when it
 * makes a clean page dirty: a page that is forced after each of its records counts as often as it was forced. What the
 * file system writes for itself (its journal, its tables) does not count.
 *
 * @param readBytes fetched from a device; what the page cache had does not count
 * @param writtenBytes to be written to a device
 */
record DiskIo(long readBytes, long writtenBytes) {
    static DiskIo own() throws IOException {
        return parse(Files.readAllLines(Path.of("/proc/self/io")));
    }

    /** Of another process and of those that it has started; it must belong to the same user. */
    static DiskIo ofTree(ProcessHandle process) throws IOException {
        var sum = new DiskIo(0, 0);
        for (var each : Stream.concat(Stream.of(process), process.descendants()).toList()) {
            sum = sum.plus(parse(Files.readAllLines(Path.of("/proc", String.valueOf(each.pid()), "io"))));
        }
        return sum;
    }

    static DiskIo parse(List<String> lines) throws IOException {
        return new DiskIo(number(lines, "read_bytes:"), number(lines, "write_bytes:"));
    }

    private static long number(List<String> lines, String name) throws IOException {
        for (var line : lines) {
            if (line.startsWith(name)) {
                return Long.parseLong(line.substring(name.length()).strip());
            }
        }
        throw new IOException("the kernel does not tell " + name);
    }

    private DiskIo plus(DiskIo other) {
        return new DiskIo(readBytes + other.readBytes, writtenBytes + other.writtenBytes);
    }

    DiskIo since(DiskIo earlier) {
        return new DiskIo(readBytes - earlier.readBytes, writtenBytes - earlier.writtenBytes);
    }
}
