package io.engram.cluster;

import io.engram.replication.Level;
import io.engram.replication.format.Compression;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of nodes that run on this machine. */
final class TestSettings {
    static final ClusterSettings.Routing ROUTING =
            new ClusterSettings.Routing(Duration.ofSeconds(3), Duration.ofMillis(50), Duration.ofMillis(500));

    private TestSettings() {}

    /** As the shipped file has them, for a node on loopback. */
    static ClusterSettings onLoopback(int port, List<String> seeds, int expect) {
        return new ClusterSettings(
                "127.0.0.1",
                port,
                "127.0.0.1",
                port,
                new ClusterSettings.How.Static(seeds),
                Duration.ofSeconds(1),
                expect,
                Optional.empty(),
                Optional.empty(),
                Duration.ofSeconds(1),
                Duration.ofSeconds(2),
                Duration.ofSeconds(30),
                Duration.ofMillis(500),
                4 << 20,
                new PlacementSettings(2, 16_384, PlacementSettings.Policy.RANDOM, 0.5, 0.35),
                new ClusterSettings.Replication(
                        Level.QUORUM,
                        Duration.ofSeconds(1),
                        Duration.ofSeconds(5),
                        2 << 20,
                        Compression.NONE,
                        64 << 20),
                ROUTING);
    }
}
