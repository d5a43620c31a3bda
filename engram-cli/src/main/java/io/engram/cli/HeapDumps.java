package io.engram.cli;

import com.sun.management.HotSpotDiagnosticMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Has the virtual machine write down its heap when memory is exhausted, if there is room for it. */
final class HeapDumps {
    private static final Logger log = LoggerFactory.getLogger(HeapDumps.class);
    private static final long MIB = 1 << 20;

    private HeapDumps() {}

    static void into(Path folder) {
        try {
            Files.createDirectories(folder);
            var free = Files.getFileStore(folder).getUsableSpace();
            var heap = Runtime.getRuntime().maxMemory();
            if (free < heap) {
                log.warn(
                        "no heap dump will be written when memory is exhausted: {} has {} MiB left, and the heap may"
                                + " have {}",
                        folder,
                        free / MIB,
                        heap / MIB);
                return;
            }
            var machine = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
            machine.setVMOption("HeapDumpPath", folder.toString());
            machine.setVMOption("HeapDumpOnOutOfMemoryError", "true");
            log.info("when memory is exhausted a heap dump is written to {}", folder);
        } catch (IOException | IllegalArgumentException e) {
            log.warn("no heap dump will be written when memory is exhausted: {}", e.toString());
        }
    }
}
