package io.engram.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * What a node can say of its cluster, all of it from one moment.
 *
 * @param nodes every node that the catalog knows, this one among them, by id
 * @param catalog empty while this node has heard of none
 * @param shards how many there are in which state
 * @param partition whether this node is with the majority
 */
public record ClusterView(List<Node> nodes, Optional<Catalog> catalog, Shards shards, Partition partition) {
    public ClusterView {
        nodes = List.copyOf(nodes);
    }

    /** The other nodes, counted. */
    public Peers peers() {
        return new Peers(peers(State.ALIVE), peers(State.SUSPECT), peers(State.DEAD), peers(State.LEFT));
    }

    private int peers(State state) {
        return (int) nodes.stream()
                .filter(node -> !node.isLocal() && node.state() == state)
                .count();
    }

    /** How many of the other nodes are in which state. */
    public record Peers(int alive, int suspect, int dead, int left) {
        public int total() {
            return alive + suspect + dead + left;
        }
    }

    /** What is known of a node. */
    public enum State {
        /** It can be reached. */
        ALIVE,
        /** It cannot be, and what it leads is being given to others. */
        SUSPECT,
        /** It could not be for so long that others take its places, and has some still. */
        DEAD,
        /** It is leaving, or has been away until others had all its places: nothing is missed without it. */
        LEFT;

        /** The lower-case name that clients read. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * How a node stands to the others.
     *
     * @param side on which side of a break it is, if there is one
     * @param reachable nodes that can be reached, this one among them
     * @param total nodes that have not left, this one among them
     */
    public record Partition(Side side, int reachable, int total) {}

    /** On which side of a break a node is. The numbers of the metric are their order, from 0. */
    public enum Side {
        /** With a majority of the nodes. */
        CONNECTED,
        /** Without one, or without a catalog: nothing can be promised here. */
        PARTITIONED,
        /** With a majority again, while nodes or shards that were lost are not all back. */
        HEALING;

        /** The lower-case name that clients read. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A node.
     *
     * @param id its name
     * @param incarnation of its data folder
     * @param gossip {@code host:port} of the gossip port
     * @param grpc {@code host:port} of the gRPC door
     * @param http {@code host:port} of the HTTP door
     * @param lastChangeMsAgo since this node has known its state, in milliseconds
     * @param isLocal whether it is the one that answers
     * @param isVoter whether it votes on the catalog
     * @param primaryShards how many shards it leads by the catalog
     * @param replicaShards of how many it keeps a copy for another
     */
    public record Node(
            String id,
            String incarnation,
            String gossip,
            String grpc,
            String http,
            Optional<String> rack,
            Optional<String> zone,
            State state,
            long lastChangeMsAgo,
            boolean isLocal,
            boolean isVoter,
            long primaryShards,
            long replicaShards) {}

    /**
     * The catalog.
     *
     * @param cluster the cluster's id
     * @param version of the newest document that this node knows
     * @param generation how often the voters were chosen
     * @param voters ids of the nodes that vote, as far as they are known
     * @param lastChangeMsAgo since this node learned of that version, in milliseconds
     * @param majorityAnswers whether a majority answered what this node asked last
     */
    public record Catalog(
            String cluster,
            long version,
            long generation,
            List<String> voters,
            long lastChangeMsAgo,
            boolean majorityAnswers) {
        public Catalog {
            voters = List.copyOf(voters);
        }
    }

    /**
     * The shards.
     *
     * @param total that were ever touched
     * @param active whose newest configuration is active
     * @param underReplicated that have fewer living members than they should
     * @param unavailable whose primary cannot be reached, or that are not active
     */
    public record Shards(long total, long active, long underReplicated, long unavailable) {}

    /**
     * How far a copy of a space has come, as the node that leads it knows.
     *
     * @param space its name
     * @param replica id of the node that keeps the copy, or its incarnation if the catalog does not know it any more
     * @param localSequence index of the last event here
     * @param replicatedSequence index of the last one that the copy has on its disk
     * @param isAdopted whether the copy has told this primary what it has; until then {@code replicatedSequence} is 0
     * @param bytes of the events that it lacks; empty where they are not all in memory any more
     * @param age of the oldest event that it lacks; empty if it lacks none, or that is not in memory
     * @param lastAnswer when the copy last answered this primary; empty if it did not yet
     */
    public record Lag(
            String space,
            String replica,
            long localSequence,
            long replicatedSequence,
            boolean isAdopted,
            OptionalLong bytes,
            Optional<Duration> age,
            Optional<Instant> lastAnswer) {
        /** How many events the copy lacks. */
        public long lag() {
            return Math.max(0, localSequence - replicatedSequence);
        }
    }

    /**
     * What this node did to bring requests to where they belong, since it started.
     *
     * @param requests how many there were
     * @param retries how often one was tried again
     */
    public record Router(long requests, long retries) {}
}
