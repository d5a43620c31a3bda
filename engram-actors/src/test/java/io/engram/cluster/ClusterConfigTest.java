package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.List;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.cluster.ClusterSettings;
import org.apache.pekko.cluster.sbr.SplitBrainResolverSettings;
import org.apache.pekko.testkit.javadsl.TestKit;
import org.junit.jupiter.api.Test;

class ClusterConfigTest {
    private static final Config CONFIG = ClusterConfig.of(TestSettings.onLoopback(0, List.of("127.0.0.1:7946"), 1))
            .withFallback(ConfigFactory.parseResources("engram-node.conf"))
            .withFallback(ConfigFactory.defaultReference())
            .resolve();

    @Test
    void every_setting_is_one_of_pekkos() {
        var known = ConfigFactory.defaultReference();
        assertThat(ClusterConfig.of(TestSettings.onLoopback(0, List.of(), 1)).entrySet())
                .isNotEmpty()
                .allSatisfy(each -> assertThat(known.hasPathOrNull(each.getKey()))
                        .as(each.getKey())
                        .isTrue());
    }

    @Test
    void a_dead_node_is_unreachable_after_the_suspicion_and_removed_soon_after() {
        var detector = CONFIG.getConfig("pekko.cluster.failure-detector");
        assertThat(detector.getDuration("heartbeat-interval").plus(detector.getDuration("acceptable-heartbeat-pause")))
                .isEqualTo(Duration.ofSeconds(2));
        assertThat(new SplitBrainResolverSettings(CONFIG).DowningStableAfter().toMillis())
                .isEqualTo(1_000);
        assertThat(CONFIG.getString("pekko.cluster.split-brain-resolver.down-all-when-unstable"))
                .isEqualTo("off");
    }

    @Test
    void a_longer_suspicion_needs_a_longer_look() {
        var settings = TestSettings.onLoopback(0, List.of(), 1);
        var patient = new io.engram.cluster.ClusterSettings(
                settings.bindHost(),
                settings.bindPort(),
                settings.advertiseHost(),
                settings.advertisePort(),
                settings.discovery(),
                settings.discoveryInterval(),
                settings.bootstrapExpect(),
                settings.rack(),
                settings.zone(),
                settings.heartbeat(),
                Duration.ofSeconds(20),
                settings.replicaGone(),
                settings.maxClockSkew(),
                settings.maxMessageBytes(),
                settings.placement(),
                settings.replication(),
                settings.routing());
        assertThat(ClusterConfig.stableAfter(patient)).isEqualTo(Duration.ofSeconds(10));
    }

    @Test
    void pekko_starts_with_it() {
        var system = ActorSystem.create("engram", CONFIG);
        try {
            var cluster = org.apache.pekko.cluster.Cluster.get(system);
            assertThat(cluster.selfAddress().getHost()).contains("127.0.0.1");
            assertThat(cluster.selfAddress().getPort().orElse(0)).isPositive();
            ClusterSettings settings = cluster.settings();
            assertThat(settings.DownRemovalMargin().toMillis()).isEqualTo(100);
        } finally {
            TestKit.shutdownActorSystem(system);
        }
    }
}
