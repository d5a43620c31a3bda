package io.engram.catalog;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Who should vote. A pure function of what the catalog says and of who was silent for long.
 *
 * <p>There are as many voters as nodes allow, up to five, and always an odd number: an even one survives no more failures than
 * one less. They are spread over zones first and racks second, so that as few of them as possible fail together. A voter stays
 * unless its place is worse than another's, or it is gone: removed, leaving, declared down, silent for long, or back with an
 * empty disk. One that is merely silent is kept while there is nobody to take its place, as fewer voters would not make
 * the rest any safer.
 */
public final class VoterChoice {
    private VoterChoice() {}

    /** The first voters of a cluster that these nodes found. */
    public static List<Incarnation> first(List<NodeEntry> nodes) {
        return choose(nodes, List.of(), oddUpTo(nodes.size()));
    }

    /**
     * The voters that there should be now.
     *
     * @param document the newest
     * @param silent who has not been heard of for long
     * @return other voters than the document names, if there is reason to change them
     */
    public static Optional<List<Incarnation>> next(Document document, Set<Incarnation> silent) {
        var current = document.voters();
        var staying = new ArrayList<NodeEntry>();
        var eligible = new ArrayList<NodeEntry>();
        for (var node : document.body().nodes().values()) {
            var lasts = node.state() == NodeState.UP || node.state() == NodeState.DOWN;
            if (lasts) {
                staying.add(node);
            }
            if (node.state() == NodeState.UP && !silent.contains(node.incarnation())) {
                eligible.add(node);
            }
        }
        var wanted = oddUpTo(staying.size());
        // With too few who can be asked, those who vote now keep their places as far as they are still of the cluster.
        for (var node : staying) {
            if (eligible.size() < wanted && current.contains(node.incarnation()) && !eligible.contains(node)) {
                eligible.add(node);
            }
        }
        if (eligible.isEmpty()) {
            return Optional.empty();
        }
        var chosen = choose(eligible, current, Math.min(wanted, oddUpTo(eligible.size())));
        // A change that would leave the new voters without a majority that can be heard is worse than none.
        var heard =
                chosen.stream().filter(each -> !isGone(document, silent, each)).count();
        return chosen.equals(current) || heard < Document.majority(chosen.size())
                ? Optional.empty()
                : Optional.of(chosen);
    }

    private static boolean isGone(Document document, Set<Incarnation> silent, Incarnation incarnation) {
        return silent.contains(incarnation)
                || document.body()
                        .node(incarnation)
                        .filter(node -> node.state() == NodeState.UP)
                        .isEmpty();
    }

    private static int oddUpTo(int nodes) {
        var most = Math.max(1, Math.min(CatalogLimits.VOTERS, nodes));
        return most % 2 == 0 ? most - 1 : most;
    }

    /** Takes one after another whose zone, then whose rack, has the fewest so far; of equals, those who vote already. */
    private static List<Incarnation> choose(List<NodeEntry> nodes, List<Incarnation> current, int count) {
        var inZone = new HashMap<String, Integer>();
        var inRack = new HashMap<String, Integer>();
        var left = new HashSet<>(nodes);
        var chosen = new ArrayList<Incarnation>();
        while (chosen.size() < count) {
            var next = left.stream()
                    .min(Comparator.comparing((NodeEntry node) -> inZone.getOrDefault(zone(node), 0))
                            .thenComparing(node -> inRack.getOrDefault(rack(node), 0))
                            .thenComparing(node -> !current.contains(node.incarnation()))
                            .thenComparing(NodeEntry::incarnation))
                    .orElseThrow();
            left.remove(next);
            chosen.add(next.incarnation());
            inZone.merge(zone(next), 1, Integer::sum);
            inRack.merge(rack(next), 1, Integer::sum);
        }
        return chosen.stream().sorted().toList();
    }

    /** Nodes without a zone are together in one without a name. */
    private static String zone(NodeEntry node) {
        return node.zone().orElse("");
    }

    private static String rack(NodeEntry node) {
        return zone(node) + "\n" + node.rack().orElse("");
    }
}
