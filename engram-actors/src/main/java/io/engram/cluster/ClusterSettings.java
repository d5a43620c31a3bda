package io.engram.cluster;

import io.engram.replication.Level;
import io.engram.replication.format.Compression;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * How a node takes part in a cluster.
 *
 * @param bindHost interface of the gossip port
 * @param bindPort the gossip port; 0 takes a free one
 * @param advertiseHost where others reach this node: never a wildcard
 * @param advertisePort the gossip port as others reach it; 0 for the one that was bound
 * @param discovery how the first others are found
 * @param discoveryInterval how often they are looked for, as long as it takes
 * @param bootstrapExpect how many nodes found the cluster together
 * @param rack what fails together with this node
 * @param zone what fails together with its rack
 * @param heartbeat how often nodes show each other that they live
 * @param suspicion after so long without a sign of life a node counts as unreachable; at least twice {@code heartbeat}
 * @param replicaGone after so long a silent replica is taken out of its shards
 * @param maxClockSkew a clock of another node that is further from this node's is warned of
 * @param maxMessageBytes the largest message between nodes
 * @param placement where spaces live
 * @param replication how their logs are copied
 * @param routing how requests reach them
 */
public record ClusterSettings(
        String bindHost,
        int bindPort,
        String advertiseHost,
        int advertisePort,
        How discovery,
        Duration discoveryInterval,
        int bootstrapExpect,
        Optional<String> rack,
        Optional<String> zone,
        Duration heartbeat,
        Duration suspicion,
        Duration replicaGone,
        Duration maxClockSkew,
        int maxMessageBytes,
        PlacementSettings placement,
        Replication replication,
        Routing routing) {

    /** How the first other nodes are found. */
    public sealed interface How {
        /** @param seeds {@code host:port} of gossip ports; this node's own may be among them */
        record Static(List<String> seeds) implements How {
            public Static {
                seeds = List.copyOf(seeds);
            }
        }

        /**
         * @param service a name with address records, or with service records if it begins with an underscore
         * @param port the gossip port of every node, where the records do not say
         */
        record Dns(String service, int port) implements How {}

        /**
         * @param namespace empty for the pod's own
         * @param labelSelector which pods are nodes
         * @param port the gossip port of every node
         */
        record Kubernetes(Optional<String> namespace, String labelSelector, int port) implements How {}
    }

    /**
     * How the logs are copied.
     *
     * @param level what an acknowledgement means where the request does not say
     * @param timeout how long a write may wait for its level
     * @param lagThreshold from which lag on a replica is reported
     * @param catchUpBatchBytes the most bytes of entries in one message
     * @param compression of the messages to replicas
     * @param warmCopiesBytes of log and snapshots from which spaces are kept ready that other nodes lead; 0 for none
     */
    public record Replication(
            Level level,
            Duration timeout,
            Duration lagThreshold,
            int catchUpBatchBytes,
            Compression compression,
            long warmCopiesBytes) {}

    /**
     * How requests go to the node that leads their space.
     *
     * @param timeout how long one answer is waited for; the request has a longer time of its own
     * @param firstPause before the second try; it doubles, with jitter
     * @param longestPause between two tries
     */
    public record Routing(Duration timeout, Duration firstPause, Duration longestPause) {
        public Routing {
            if (firstPause.compareTo(longestPause) > 0) {
                throw new IllegalArgumentException("the first pause is longer than the longest one");
            }
        }
    }
}
