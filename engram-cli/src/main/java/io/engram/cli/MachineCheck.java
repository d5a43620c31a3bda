package io.engram.cli;

import com.sun.management.OperatingSystemMXBean;
import com.sun.management.UnixOperatingSystemMXBean;
import io.engram.cluster.AdvertiseAddress;
import io.engram.cluster.ClusterRefusal;
import io.engram.cluster.HostPort;
import io.engram.config.EngramConfig;
import io.engram.config.EngramConfig.DiscoveryType;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;

/** What of this machine matters to a node: room, memory, limits, ports, addresses and the clock. */
final class MachineCheck {
    private static final long MIB = 1 << 20;
    /** Beside the heap: two write buffers, the JVM's own, stacks, and the file system's cache. */
    private static final long BESIDE_HEAP = 512 * MIB;

    private static final long LITTLE_MEMORY = 2048 * MIB;
    private static final long FEW_FILES = 8192;
    /** No machine's clock that is right shows less: this version did not exist yet. */
    private static final Instant BEFORE_THIS_VERSION = Instant.parse("2026-01-01T00:00:00Z");

    private final EngramConfig config;
    private final Findings findings;

    private MachineCheck(EngramConfig config, Findings findings) {
        this.config = config;
        this.findings = findings;
    }

    static void look(EngramConfig config, Findings findings) {
        var check = new MachineCheck(config, findings);
        check.folder(config.persistence().dataRoot());
        check.memory();
        check.files();
        check.ports();
        check.addresses();
        check.clock();
    }

    private void folder(Path folder) {
        var existing = folder;
        while (existing != null && !Files.exists(existing)) {
            existing = existing.getParent();
        }
        if (existing == null || !Files.isDirectory(existing)) {
            findings.error("the data folder " + folder + " cannot be made: " + existing + " is not a folder");
            return;
        }
        try {
            var probe = Files.createTempFile(existing, ".engram-", ".probe");
            Files.delete(probe);
            findings.pass("the data folder " + folder + " can be written");
            var free = Files.getFileStore(existing).getUsableSpace();
            var persistence = config.persistence();
            if (free < persistence.minFreeBytes()) {
                findings.error(
                        "the data folder's file system has %d MiB left, less than persistence.min_free_bytes: every write would be refused"
                                .formatted(free / MIB));
            } else if (free < persistence.warnFreeBytes()) {
                findings.warn("the data folder's file system has %d MiB left, less than persistence.warn_free_bytes"
                        .formatted(free / MIB));
            } else {
                findings.pass("the data folder's file system has %d MiB left".formatted(free / MIB));
            }
        } catch (IOException e) {
            findings.error(
                    "the data folder %s cannot be written by user %s (%s): give it to that user, or choose another with --data-dir, ENGRAM_DATA_DIR or persistence.data_root"
                            .formatted(folder, System.getProperty("user.name"), e));
        }
    }

    private void memory() {
        if (!(ManagementFactory.getOperatingSystemMXBean() instanceof OperatingSystemMXBean system)) {
            findings.info("the memory of this machine cannot be asked for here");
            return;
        }
        var total = system.getTotalMemorySize();
        var heap = Runtime.getRuntime().maxMemory();
        if (total < heap + BESIDE_HEAP) {
            findings.warn(
                    "%d MiB of memory for a heap of up to %d MiB and what is beside it: the system may kill the node; lower the heap with -Xmx in ENGRAM_JAVA_OPTS"
                            .formatted(total / MIB, heap / MIB));
        } else if (total < LITTLE_MEMORY) {
            findings.warn("%d MiB of memory: enough to try it out".formatted(total / MIB));
        } else {
            findings.pass("%d MiB of memory, of which the heap may take %d".formatted(total / MIB, heap / MIB));
        }
        var processors = Runtime.getRuntime().availableProcessors();
        if (processors < 2) {
            findings.warn("one processor: whatever the node does in the background holds up requests");
        } else {
            findings.pass(processors + " processors");
        }
    }

    private void files() {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
            var limit = unix.getMaxFileDescriptorCount();
            if (limit < FEW_FILES) {
                findings.warn("at most %d open files for this user: raise it (ulimit -n, LimitNOFILE) to 65536"
                        .formatted(limit));
            } else {
                findings.pass("up to " + limit + " open files");
            }
        }
        if ("root".equals(System.getProperty("user.name"))) {
            findings.warn("this is root: run the node as a user of its own, who owns the data folder and nothing else");
        }
    }

    private void ports() {
        try {
            Doors.requireFreePorts(config);
            findings.pass("the ports are free");
        } catch (CommandFailure e) {
            findings.error(String.valueOf(e.getMessage()));
        }
    }

    private void addresses() {
        if (!config.cluster().enabled()) {
            return;
        }
        try {
            var advertised = ClusterWiring.advertised(config, AdvertiseAddress.Machine.local());
            findings.pass("other nodes are told to reach this one at " + advertised.address());
        } catch (ClusterRefusal e) {
            findings.error(String.valueOf(e.getMessage()));
        }
        if (config.cluster().discovery().type() == DiscoveryType.STATIC) {
            for (var seed : config.cluster().discovery().seedNodes()) {
                var host = HostPort.parse(seed).host();
                try {
                    findings.pass("seed " + seed + " is "
                            + InetAddress.getByName(host).getHostAddress());
                } catch (UnknownHostException e) {
                    findings.warn("seed " + seed + ": nobody knows the name " + host + " yet");
                }
            }
        }
    }

    private void clock() {
        var now = Instant.now();
        if (now.isBefore(BEFORE_THIS_VERSION)) {
            findings.error("the clock says " + now + ", which is long ago: set it, and keep it set (NTP)");
        } else {
            findings.pass("the clock says " + now);
        }
    }
}
