package io.engram.cluster;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Pekko's settings for a node among others, to be laid over {@code engram-node.conf}.
 *
 * <p>How long it takes until a node that died is removed, with heartbeat h and suspicion s (1 s and 2 s by default):
 *
 * <pre>
 *   s - h .. s      the others miss it: its last heartbeat was up to h ago when it died
 *   0 .. 0.2 s      the detector is looked at
 *   0.2 .. 0.5 s    all others have seen the same (gossip every 0.2 s)
 *   max(1 s, s/2)   nothing has changed for so long
 *   0 .. 1 s        the resolver looks once a second
 *   0 .. 0.2 s      the leader removes it
 * </pre>
 *
 * That is 2.2 to 4.9 s, and about 3.5 s mostly. All of it may be wrong without any harm to data: the logs of the spaces are fenced, and
 * removal says only who tries next. So the margins that Pekko has for singletons without such a fence are left out.
 */
public final class ClusterConfig {
    private static final Duration STABLE_AT_LEAST = Duration.ofSeconds(1);
    private static final Duration LOOK = Duration.ofMillis(200);
    private static final int SMALLEST_FRAME = 256 << 10;
    private static final int BUFFERS_BYTES = 64 << 20;
    private static final int MOST_BUFFERS = 128;
    private static final int FEWEST_BUFFERS = 8;

    private ClusterConfig() {}

    /** What follows from the settings. */
    public static Config of(ClusterSettings settings) {
        var values = new LinkedHashMap<String, Object>();
        addTransport(settings, values);
        addMembership(settings, values);
        addSharding(values);
        var config = ConfigFactory.empty();
        for (Map.Entry<String, Object> each : values.entrySet()) {
            config = config.withValue("pekko." + each.getKey(), ConfigValueFactory.fromAnyRef(each.getValue()));
        }
        return config;
    }

    /** How long the set of unreachable nodes must stay the same before those are removed. */
    static Duration stableAfter(ClusterSettings settings) {
        var half = settings.suspicion().dividedBy(2);
        return half.compareTo(STABLE_AT_LEAST) < 0 ? STABLE_AT_LEAST : half;
    }

    private static void addTransport(ClusterSettings settings, Map<String, Object> values) {
        var artery = "remote.artery.";
        values.put(artery + "canonical.hostname", settings.advertiseHost());
        // 0 means to Pekko: whatever was bound.
        values.put(
                artery + "canonical.port",
                settings.advertisePort() == 0 ? settings.bindPort() : settings.advertisePort());
        values.put(artery + "bind.hostname", settings.bindHost());
        values.put(artery + "bind.port", settings.bindPort());
        values.put(artery + "bind.bind-timeout", Duration.ofSeconds(10));
        var frame = Math.max(SMALLEST_FRAME, settings.maxMessageBytes());
        values.put(artery + "advanced.maximum-frame-size", frame);
        // The pool may come to hold that many frames outside of the heap.
        values.put(
                artery + "advanced.buffer-pool-size", Math.clamp(BUFFERS_BYTES / frame, FEWEST_BUFFERS, MOST_BUFFERS));
        values.put(artery + "advanced.tcp.connection-timeout", Duration.ofSeconds(2));
    }

    private static void addMembership(ClusterSettings settings, Map<String, Object> values) {
        var detector = "cluster.failure-detector.";
        // Silence for a fixed time. The accrual detector adapts to the network, and nobody can say what it will do.
        values.put(detector + "implementation-class", "org.apache.pekko.remote.DeadlineFailureDetector");
        values.put(detector + "heartbeat-interval", settings.heartbeat());
        values.put(detector + "acceptable-heartbeat-pause", settings.suspicion().minus(settings.heartbeat()));
        values.put(detector + "expected-response-after", settings.heartbeat());
        values.put("cluster.unreachable-nodes-reaper-interval", LOOK);
        values.put("cluster.gossip-interval", LOOK);
        values.put("cluster.leader-actions-interval", LOOK);
        values.put("cluster.retry-unsuccessful-join-after", Duration.ofSeconds(2));
        values.put("cluster.seed-node-timeout", Duration.ofSeconds(2));
        // A node that cannot be seen by all is not let in half: it is tried again.
        values.put("cluster.allow-weakly-up-members", "off");
        values.put("cluster.down-removal-margin", Duration.ofMillis(100));
        values.put("cluster.run-coordinated-shutdown-when-down", "on");
        var resolver = "cluster.split-brain-resolver.";
        values.put(resolver + "active-strategy", "keep-majority");
        values.put(resolver + "stable-after", stableAfter(settings));
        // When nodes come and go for long, waiting is better than stopping all of them: data is safe either way.
        values.put(resolver + "down-all-when-unstable", "off");
    }

    private static void addSharding(Map<String, Object> values) {
        var sharding = "cluster.sharding.";
        // There is a shard for each node, and it stays there.
        values.put(sharding + "rebalance-interval", Duration.ofSeconds(5));
        // It has nothing in it but where these shards are, and is asked at a majority where that matters.
        values.put("cluster.distributed-data.gossip-interval", Duration.ofSeconds(2));
        values.put("cluster.distributed-data.notify-subscribers-interval", Duration.ofMillis(500));
        values.put(sharding + "handoff-timeout", Duration.ofSeconds(15));
        values.put(sharding + "shard-failure-backoff", Duration.ofSeconds(1));
        values.put(sharding + "waiting-for-state-timeout", Duration.ofSeconds(1));
        values.put(sharding + "updating-state-timeout", Duration.ofSeconds(2));
        values.put("cluster.singleton.hand-over-retry-interval", Duration.ofMillis(500));
        // A node that leaves gives its shards away first; the limits of that stand in engram-node.conf.
    }
}
