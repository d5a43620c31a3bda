package io.engram.cluster;

import io.engram.replication.Level;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Settings of nodes that run on this machine. */
final class TestSettings {
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
                4 << 20,
                new PlacementSettings(2, 16_384, PlacementSettings.Policy.RANDOM, 0.5, 0.35),
                new ClusterSettings.Replication(Level.QUORUM, Duration.ofSeconds(1), Duration.ofSeconds(5), 2 << 20));
    }
}
