package io.engram.bench;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Processor time in seconds, in the system and out of it: unlike time on the wall it does not grow with others' load. */
final class ProcessorTime {
    /** What the kernel counts in towards programs, on every Linux platform that this runs on. */
    private static final double TICKS_A_SECOND = 100;

    private static final int USER_TICKS = 11;
    private static final int SYSTEM_TICKS = 12;
    private static final int ENDED_CHILDREN_USER_TICKS = 13;
    private static final int ENDED_CHILDREN_SYSTEM_TICKS = 14;

    private ProcessorTime() {}

    /** Of this process with all its threads, those of the compiler and the collector included. */
    static double own() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean system) {
            return system.getProcessCpuTime() / 1e9;
        }
        throw new IllegalStateException("this JVM does not tell its processor time");
    }

    /** Of a process, of those that it has started, and of those among them that have ended and that it waited for. */
    static double ofTree(ProcessHandle process) throws IOException {
        double sum = 0;
        for (var each : Stream.concat(Stream.of(process), process.descendants()).toList()) {
            try {
                sum += seconds(Files.readString(Path.of("/proc", String.valueOf(each.pid()), "stat")));
            } catch (NoSuchFileException ended) {
                // Its parent counts it by now.
                continue;
            }
        }
        return sum;
    }

    /** From a line of {@code /proc/PID/stat}. */
    static double seconds(String stat) {
        // The second field is the program's name in brackets, which may hold anything.
        var fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
        long ticks = Long.parseLong(fields[USER_TICKS])
                + Long.parseLong(fields[SYSTEM_TICKS])
                + Long.parseLong(fields[ENDED_CHILDREN_USER_TICKS])
                + Long.parseLong(fields[ENDED_CHILDREN_SYSTEM_TICKS]);
        return ticks / TICKS_A_SECOND;
    }
}
