package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.AdvertiseAddress;
import io.engram.cluster.ClusterSettings;
import io.engram.cluster.PlacementSettings;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import io.engram.config.EngramConfig;
import io.engram.node.NodeIdentity;
import io.engram.replication.Level;
import io.engram.replication.format.Compression;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ClusterWiringTest {
    private static final Map<String, String> POD = Map.of("POD_NAME", "engram-1", "HOSTNAME", "host-9");

    @TempDir
    Path folder;

    private EngramConfig config(String... pairs) {
        var environment = new HashMap<String, String>();
        environment.put("ENGRAM_DATA_DIR", folder.toString());
        environment.put("ENGRAM_CLUSTER_ENABLED", "true");
        environment.put("ENGRAM_CLUSTER_SEEDS", "10.0.0.1:7946,10.0.0.2:7946,10.0.0.3:7946,10.0.0.1:7946");
        for (int i = 0; i < pairs.length; i += 2) {
            environment.put(pairs[i], pairs[i + 1]);
        }
        return ConfigLoader.load(ConfigRequest.ofThisProcess("test")
                        .withSystemPlaces(List.of())
                        .withFolders(folder, folder)
                        .withEnvironment(environment))
                .config();
    }

    private static ClusterSettings settings(EngramConfig config) {
        return ClusterWiring.settings(config, ClusterWiring.advertised(config, AdvertiseAddress.Machine.local()));
    }

    @Test
    void the_settings_say_what_the_configuration_says() {
        var settings = settings(config(
                "ENGRAM_CLUSTER_ADVERTISE_ADDR", "10.9.9.9:9000",
                "ENGRAM_CLUSTER_RACK", "r1",
                "ENGRAM_CLUSTER_REPLICATION_FACTOR", "3",
                "ENGRAM_CLUSTER_REPLICATION_PLACEMENT", "zoneaware",
                "ENGRAM_CLUSTER_REPLICATION_ACKNOWLEDGE", "all",
                "ENGRAM_CLUSTER_REPLICATION_COMPRESSION", "lz4",
                "ENGRAM_ROUTER_REQUEST_TIMEOUT_MS", "4000",
                "ENGRAM_CLUSTER_REPLICATION_REPLICA_GONE", "45s",
                "ENGRAM_CLUSTER_SWIM_PING_INTERVAL", "500ms"));
        assertThat(settings.bindHost()).isEqualTo("0.0.0.0");
        assertThat(settings.bindPort()).isEqualTo(7946);
        assertThat(settings.advertiseHost()).isEqualTo("10.9.9.9");
        assertThat(settings.advertisePort()).isEqualTo(9000);
        assertThat(settings.bootstrapExpect()).as("each seed counts once").isEqualTo(3);
        assertThat(settings.rack()).contains("r1");
        assertThat(settings.heartbeat()).isEqualTo(Duration.ofMillis(500));
        assertThat(settings.suspicion()).isEqualTo(Duration.ofSeconds(2));
        assertThat(settings.replicaGone()).isEqualTo(Duration.ofSeconds(45));
        assertThat(settings.maxMessageBytes()).isEqualTo(4 << 20);
        assertThat(settings.placement())
                .isEqualTo(new PlacementSettings(3, 16_384, PlacementSettings.Policy.ZONE_AWARE, 0.5, 0.35));
        assertThat(settings.replication())
                .isEqualTo(new ClusterSettings.Replication(
                        Level.ALL, Duration.ofSeconds(1), Duration.ofSeconds(5), 2 << 20, Compression.LZ4, 128 << 20));
        assertThat(settings.routing())
                .isEqualTo(new ClusterSettings.Routing(
                        Duration.ofSeconds(4), Duration.ofMillis(50), Duration.ofMillis(500)));
        assertThat(settings.discovery()).isInstanceOf(ClusterSettings.How.Static.class);
    }

    @Test
    void one_other_node_in_the_list_makes_two() {
        var other = settings(
                config("ENGRAM_CLUSTER_ADVERTISE_ADDR", "10.9.9.9:9000", "ENGRAM_CLUSTER_SEEDS", "10.9.9.8:9000"));
        assertThat(other.bootstrapExpect()).isEqualTo(2);
        var itself = settings(
                config("ENGRAM_CLUSTER_ADVERTISE_ADDR", "10.9.9.9:9000", "ENGRAM_CLUSTER_SEEDS", "10.9.9.9:9000"));
        assertThat(itself.bootstrapExpect()).isOne();
        var neighbour = settings(
                config("ENGRAM_CLUSTER_ADVERTISE_ADDR", "127.0.0.1:9000", "ENGRAM_CLUSTER_SEEDS", "localhost:9001"));
        assertThat(neighbour.bootstrapExpect()).isEqualTo(2);
        var byName = settings(
                config("ENGRAM_CLUSTER_ADVERTISE_ADDR", "127.0.0.1:9000", "ENGRAM_CLUSTER_SEEDS", "localhost:9000"));
        assertThat(byName.bootstrapExpect()).isOne();
    }

    @Test
    void each_kind_of_discovery_is_passed_on() {
        var dns = settings(config(
                "ENGRAM_CLUSTER_DISCOVERY_TYPE", "dns",
                "ENGRAM_CLUSTER_DISCOVERY_SERVICE", "engram-headless",
                "ENGRAM_CLUSTER_BOOTSTRAP_EXPECT", "5",
                "ENGRAM_CLUSTER_ADVERTISE_ADDR", "10.9.9.9"));
        assertThat(dns.discovery()).isEqualTo(new ClusterSettings.How.Dns("engram-headless", 7946));
        assertThat(dns.bootstrapExpect()).isEqualTo(5);
        var pods = settings(config(
                "ENGRAM_CLUSTER_DISCOVERY_TYPE", "kubernetes",
                "ENGRAM_CLUSTER_DISCOVERY_KUBERNETES_NAMESPACE", "memory",
                "ENGRAM_CLUSTER_BOOTSTRAP_EXPECT", "3",
                "ENGRAM_CLUSTER_ADVERTISE_ADDR", "10.9.9.9"));
        assertThat(pods.discovery())
                .isEqualTo(new ClusterSettings.How.Kubernetes(
                        Optional.of("memory"), "app.kubernetes.io/name=engram", 7946));
    }

    @Test
    void a_new_folder_in_a_cluster_is_called_like_the_pod_or_the_host() {
        assertThat(ClusterWiring.nodeId(config(), POD)).contains("engram-1");
        assertThat(ClusterWiring.nodeId(config(), Map.of("HOSTNAME", "host-9"))).contains("host-9");
        assertThat(ClusterWiring.nodeId(config(), Map.of("HOSTNAME", "localhost")))
                .isEmpty();
        assertThat(ClusterWiring.nodeId(config(), Map.of("HOSTNAME", "no name")))
                .isEmpty();
        assertThat(ClusterWiring.nodeId(config("ENGRAM_NODE_ID", "n7"), POD)).contains("n7");
        assertThat(ClusterWiring.nodeId(config("ENGRAM_CLUSTER_ENABLED", "false"), POD))
                .isEmpty();
        assertThat(ClusterWiring.nodeId(config("ENGRAM_CLUSTER_SEEDS", "127.0.0.1:1,localhost:2"), POD))
                .as("several nodes on one machine")
                .isEmpty();
    }

    @Test
    void an_old_folder_keeps_its_name() throws Exception {
        NodeIdentity.draw(Optional.of("first"), Instant.EPOCH).write(folder);
        assertThat(ClusterWiring.nodeId(config(), POD)).isEmpty();
    }
}
