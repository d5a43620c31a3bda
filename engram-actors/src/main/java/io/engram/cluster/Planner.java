package io.engram.cluster;

import io.engram.catalog.CatalogBody;
import io.engram.catalog.Document;
import io.engram.catalog.Edit;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.catalog.ShardConfiguration;
import io.engram.catalog.ShardEntry;
import io.engram.catalog.VoterChoice;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What should be changed in the catalog, given what it says and who is alive. A pure function. It decides only who tries: an
 * edit that rests on an old view is refused by the catalog, and a shard that is opened by the wrong node is fenced by its
 * logs. So it may be computed by several nodes at once, and on a wrong guess of who is alive.
 */
final class Planner {
    private final Placement placement;

    Planner(Placement placement) {
        this.placement = placement;
    }

    /**
     * Who is there.
     *
     * @param alive who can be reached
     * @param gone who could not be for so long that others take his places
     */
    record View(Set<Incarnation> alive, Set<Incarnation> gone) {
        View {
            alive = Set.copyOf(alive);
            gone = Set.copyOf(gone);
        }
    }

    /** The configuration of a shard that is touched for the first time; empty if nobody is there to hold it. */
    Optional<Edit.ProposeShard> first(CatalogBody body, long shard, View view) {
        var chosen = placement.choose(shard, eligible(body, view));
        return chosen.isEmpty() ? Optional.empty() : Optional.of(propose(shard, 0, incarnations(chosen)));
    }

    /**
     * What to do about the shards whose members do not answer, or are too few.
     *
     * @param most how many shards to change at a time
     */
    List<Edit> shards(CatalogBody body, View view, int most) {
        var edits = new ArrayList<Edit>();
        for (var entry : body.shards().values()) {
            if (edits.size() >= most) {
                break;
            }
            shard(body, entry, view).ifPresent(edits::add);
        }
        return edits;
    }

    private Optional<Edit.ProposeShard> shard(CatalogBody body, ShardEntry entry, View view) {
        return view.alive().contains(entry.configuration().primary())
                ? memberChange(body, entry, view)
                : failover(body, entry, view);
    }

    /** Another primary, if enough of those who know what the shard holds can be asked. */
    private Optional<Edit.ProposeShard> failover(CatalogBody body, ShardEntry entry, View view) {
        if (entry.active().isEmpty()) {
            // Nothing was ever acknowledged in it.
            return eligible(body, view).isEmpty()
                    ? Optional.empty()
                    : Optional.of(propose(
                            entry.number(),
                            entry.epoch(),
                            incarnations(placement.choose(entry.number(), eligible(body, view)))));
        }
        var active = entry.active().get();
        var known = members(active).stream().filter(view.alive()::contains).toList();
        if (known.size() < sealQuorum(active)) {
            return Optional.empty();
        }
        // Who should lead it by placement, of those who hold it.
        var ranked = placement.choose(entry.number(), nodes(body, known), List.of(), known.size());
        var primary = ranked.isEmpty() ? known.getFirst() : ranked.getFirst().incarnation();
        var wanted = new LinkedHashSet<Incarnation>();
        wanted.add(primary);
        wanted.addAll(known);
        for (var member : members(entry.configuration())) {
            if (!view.gone().contains(member) && body.node(member).isPresent()) {
                wanted.add(member);
            }
        }
        fill(body, entry.number(), wanted, view);
        if (alive(wanted, view) < majority(wanted.size())) {
            wanted.retainAll(view.alive());
        }
        return Optional.of(propose(entry.number(), entry.epoch(), List.copyOf(wanted)));
    }

    /** Others in the place of members that are gone, or in places that are empty, under the same primary. */
    private Optional<Edit.ProposeShard> memberChange(CatalogBody body, ShardEntry entry, View view) {
        if (!entry.isActive()) {
            return Optional.empty();
        }
        var now = members(entry.configuration());
        var wanted = new LinkedHashSet<Incarnation>(now);
        wanted.removeIf(
                member -> view.gone().contains(member) || body.node(member).isEmpty());
        wanted.removeIf(member -> !member.equals(entry.configuration().primary())
                && body.node(member).filter(n -> n.state() == NodeState.LEAVING).isPresent());
        fill(body, entry.number(), wanted, view);
        if (Set.copyOf(now).equals(wanted) || alive(wanted, view) < majority(wanted.size())) {
            return Optional.empty();
        }
        return Optional.of(propose(entry.number(), entry.epoch(), List.copyOf(wanted)));
    }

    /** Another primary for what a node leads that is about to stop; empty if nobody else can take it. */
    Optional<Edit.ProposeShard> handOver(CatalogBody body, ShardEntry entry, Incarnation stopping, View view) {
        if (!entry.configuration().primary().equals(stopping) || !entry.isActive()) {
            return Optional.empty();
        }
        var heirs = nodes(body, entry.configuration().replicas()).stream()
                .filter(node -> view.alive().contains(node.incarnation()))
                .toList();
        if (heirs.isEmpty()) {
            return Optional.empty();
        }
        var heir =
                placement.choose(entry.number(), heirs, List.of(), 1).getFirst().incarnation();
        var wanted = new LinkedHashSet<Incarnation>();
        wanted.add(heir);
        wanted.addAll(members(entry.configuration()));
        return Optional.of(propose(entry.number(), entry.epoch(), List.copyOf(wanted)));
    }

    private void fill(CatalogBody body, long shard, LinkedHashSet<Incarnation> members, View view) {
        var count = placement.members(body.nodes().size());
        if (members.size() < count) {
            var kept = nodes(body, members);
            placement.choose(shard, eligible(body, view), kept, count).forEach(node -> {
                if (members.size() < count) {
                    members.add(node.incarnation());
                }
            });
        }
    }

    /** Nodes that were gone and are back, or are gone, as the catalog should say. */
    List<Edit> nodes(CatalogBody body, View view) {
        var edits = new ArrayList<Edit>();
        for (var node : body.nodes().values()) {
            var isAlive = view.alive().contains(node.incarnation());
            if (node.state() == NodeState.UP && view.gone().contains(node.incarnation()) && !isAlive) {
                edits.add(new Edit.SetNodeState(node.id(), node.incarnation(), NodeState.DOWN));
            } else if (node.state() == NodeState.DOWN && isAlive) {
                edits.add(new Edit.SetNodeState(node.id(), node.incarnation(), NodeState.UP));
            }
        }
        return edits;
    }

    /** Other voters, if there is reason to change them. */
    Optional<Edit> voters(Document document, View view) {
        return VoterChoice.next(document, view.gone())
                .map(voters -> new Edit.ChangeVoters(generation(document), voters));
    }

    /** The number of the generation that decides after this document. */
    private static long generation(Document document) {
        return document.closing()
                ? document.id().generation() + 1
                : document.id().generation();
    }

    private static List<NodeEntry> eligible(CatalogBody body, View view) {
        return body.nodes().values().stream()
                .filter(node -> node.state() == NodeState.UP || node.state() == NodeState.DOWN)
                .filter(node -> view.alive().contains(node.incarnation()))
                .filter(node -> body.cordons().get(node.id()).isEmpty())
                .toList();
    }

    private static List<NodeEntry> nodes(CatalogBody body, Iterable<Incarnation> members) {
        var nodes = new ArrayList<NodeEntry>();
        members.forEach(member -> body.node(member).ifPresent(nodes::add));
        return nodes;
    }

    private static List<Incarnation> incarnations(List<NodeEntry> nodes) {
        return nodes.stream().map(NodeEntry::incarnation).toList();
    }

    static List<Incarnation> members(ShardConfiguration configuration) {
        var members = new ArrayList<Incarnation>();
        members.add(configuration.primary());
        members.addAll(configuration.replicas());
        return members;
    }

    private static long alive(Set<Incarnation> members, View view) {
        return members.stream().filter(view.alive()::contains).count();
    }

    private static int majority(int members) {
        return members / 2 + 1;
    }

    private static int sealQuorum(ShardConfiguration configuration) {
        var members = configuration.replicas().size() + 1;
        return members - majority(members) + 1;
    }

    private static Edit.ProposeShard propose(long shard, long expectedEpoch, List<Incarnation> members) {
        return new Edit.ProposeShard(shard, expectedEpoch, members.getFirst(), members.subList(1, members.size()));
    }
}
