package io.engram.cluster;

import java.util.Collection;
import java.util.Optional;

/** Who may be together in a cluster. */
final class IntroductionRules {
    private IntroductionRules() {}

    /**
     * Why two nodes cannot be together, in one line; empty if they can.
     *
     * @param own who judges
     * @param other who introduced himself
     * @param alive whom the first one has heard of lately
     */
    static Optional<String> contradiction(Hello own, Hello other, Collection<Hello> alive) {
        if (other.protocol() != own.protocol()) {
            return Optional.of(
                    "%s speaks version %d of the protocol between nodes and %s version %d; run versions of Engram that go together (%s and %s do not)"
                            .formatted(other, other.protocol(), own, own.protocol(), other.version(), own.version()));
        }
        if (other.incarnation().equals(own.incarnation())) {
            return Optional.of(
                    "%s and %s have the same data folder, or one has a copy of the other's; make the copy with engram validate data --repair --to, or begin with an empty folder"
                            .formatted(other, own));
        }
        if (!other.isCompatible(own)) {
            return Optional.of(
                    "%s belongs to cluster %s, and %s to cluster %s; correct the addresses in cluster.discovery, or begin with an empty data folder"
                            .formatted(
                                    other,
                                    other.cluster().orElseThrow(),
                                    own,
                                    own.cluster().orElseThrow()));
        }
        if (other.nodeId().equals(own.nodeId())) {
            return sameName(other, own);
        }
        var namesake = alive.stream()
                .filter(each -> each.nodeId().equals(other.nodeId())
                        && !each.incarnation().equals(other.incarnation())
                        // One address, one node: it is the same one with another disk.
                        && !each.gossip().equals(other.gossip()))
                .findFirst();
        if (namesake.isPresent()) {
            return sameName(other, namesake.get());
        }
        return own.cluster().isEmpty() && other.cluster().isEmpty() ? founding(own, other) : Optional.empty();
    }

    private static Optional<String> sameName(Hello other, Hello alive) {
        return Optional.of(
                "%s and %s have the same name and are both running; give each node a cluster.node_id of its own"
                        .formatted(other, alive));
    }

    /** Later these two stand in the catalog, and nobody looks at the settings any more. */
    private static Optional<String> founding(Hello own, Hello other) {
        if (own.bootstrapExpect() != other.bootstrapExpect()) {
            return Optional.of(
                    "%s is to found a cluster with cluster.bootstrap_expect = %d (or as many seeds), and %s with %d; give all nodes the same"
                            .formatted(other, other.bootstrapExpect(), own, own.bootstrapExpect()));
        }
        if (own.buckets() != other.buckets()) {
            return Optional.of(
                    "%s is to found a cluster with cluster.replication.jump_buckets = %d, and %s with %d; give all nodes the same"
                            .formatted(other, other.buckets(), own, own.buckets()));
        }
        return Optional.empty();
    }

    /**
     * Which of two that cannot be together stays. Never is one who is in a cluster sent away; of two who are in none, the
     * one that knows a cluster stays, else the one with the lower address, so that both say the same.
     */
    static boolean mustGo(Hello one, Hello other) {
        if (one.isMember() || other.isMember()) {
            return !one.isMember();
        }
        if (one.cluster().isPresent() != other.cluster().isPresent()) {
            return one.cluster().isEmpty();
        }
        int byAddress = one.gossip().compareTo(other.gossip());
        return byAddress != 0 ? byAddress > 0 : one.incarnation().compareTo(other.incarnation()) > 0;
    }

    /**
     * Whether, of two memberships that do not know each other, the first one gives up: the smaller one, and of equals the one
     * with the higher first address.
     */
    static boolean givesUp(Hello one, Hello other) {
        if (one.members() != other.members()) {
            return one.members() < other.members();
        }
        return one.anchor().orElse(one.gossip()).compareTo(other.anchor().orElse(other.gossip())) > 0;
    }
}
