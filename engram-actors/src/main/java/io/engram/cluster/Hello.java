package io.engram.cluster;

import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.catalog.Table;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;

/**
 * What a node says about itself to those that it meets, before and after it belongs to a cluster.
 *
 * @param protocol of what nodes say to each other; nodes with different ones cannot form a cluster
 * @param version of Engram, for people
 * @param nodeId its name
 * @param incarnation of its data folder
 * @param cluster the id of the cluster that its catalog belongs to; empty if it has none
 * @param gossip where it is reached by others, and known by in the membership
 * @param grpc its gRPC door as others reach it; empty while that is not open
 * @param http its HTTP door as others reach it; empty while that is not open
 * @param rack what fails together with it
 * @param zone what fails together with its rack
 * @param bootstrapExpect how many nodes found the cluster, as far as it was told
 * @param buckets into how many shards it would hash spaces
 * @param members how many nodes its membership has, itself among them; 0 while it is in none
 * @param anchor the first address of its membership, by which the membership is told from another one; empty while it is in none
 * @param supports who it thinks should begin the membership, while it is in none
 */
public record Hello(
        int protocol,
        String version,
        String nodeId,
        UUID incarnation,
        Optional<UUID> cluster,
        HostPort gossip,
        Optional<HostPort> grpc,
        Optional<HostPort> http,
        Optional<String> rack,
        Optional<String> zone,
        int bootstrapExpect,
        long buckets,
        int members,
        Optional<HostPort> anchor,
        Optional<HostPort> supports) {
    /** What this version speaks. */
    public static final int PROTOCOL = 1;

    private static final int LONGEST = 256;

    public Hello {
        requireShort("a version", version);
        requireShort("a node's name", nodeId);
        rack.ifPresent(each -> requireShort("a rack", each));
        zone.ifPresent(each -> requireShort("a zone", each));
        if (bootstrapExpect < 1 || buckets < 1 || members < 0) {
            throw new IllegalArgumentException("a number is too small in what " + nodeId + " says about itself");
        }
    }

    private static void requireShort(String what, String text) {
        if (text.isEmpty() || text.length() > LONGEST) {
            throw new IllegalArgumentException(
                    "%s has %d characters; 1 to %d are allowed".formatted(what, text.length(), LONGEST));
        }
    }

    boolean isMember() {
        return members > 0;
    }

    /** Whether the two may belong to the same cluster, as far as they know now. */
    boolean isCompatible(Hello other) {
        return cluster.isEmpty() || other.cluster.isEmpty() || cluster.equals(other.cluster);
    }

    public Hello withCluster(Optional<UUID> newCluster) {
        return new Hello(
                protocol,
                version,
                nodeId,
                incarnation,
                newCluster,
                gossip,
                grpc,
                http,
                rack,
                zone,
                bootstrapExpect,
                buckets,
                members,
                anchor,
                supports);
    }

    public Hello withDoors(HostPort newGrpc, HostPort newHttp) {
        return new Hello(
                protocol,
                version,
                nodeId,
                incarnation,
                cluster,
                gossip,
                Optional.of(newGrpc),
                Optional.of(newHttp),
                rack,
                zone,
                bootstrapExpect,
                buckets,
                members,
                anchor,
                supports);
    }

    Hello withMembership(int newMembers, Optional<HostPort> newAnchor, Optional<HostPort> newSupports) {
        return new Hello(
                protocol,
                version,
                nodeId,
                incarnation,
                cluster,
                gossip,
                grpc,
                http,
                rack,
                zone,
                bootstrapExpect,
                buckets,
                newMembers,
                newAnchor,
                newSupports);
    }

    /** The node as the catalog would have it; empty while its gRPC door is not open. */
    public Optional<NodeEntry> entry() {
        if (grpc.isEmpty()) {
            return Optional.empty();
        }
        var addresses = new TreeMap<String, String>();
        addresses.put(Services.GOSSIP, gossip.toString());
        grpc.ifPresent(each -> addresses.put(Services.GRPC, each.toString()));
        http.ifPresent(each -> addresses.put(Services.HTTP, each.toString()));
        return Optional.of(new NodeEntry(
                nodeId, new Incarnation(incarnation), rack, zone, Table.of(addresses), NodeState.JOINING));
    }

    /** The same for the runtime, with the cluster that it belongs to. */
    Optional<Neighbour> neighbour() {
        return entry().map(each -> new Neighbour(each, cluster));
    }

    @Override
    public String toString() {
        return "node '%s' (%s, incarnation %s)".formatted(nodeId, gossip, new Incarnation(incarnation));
    }
}
