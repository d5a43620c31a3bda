package io.engram.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.cluster.ClusterView;
import io.engram.cluster.ClusterView.Lag;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What a node says of its cluster, as JSON. */
final class ClusterJson {
    /** Where the worst is looked for first. */
    private static final Comparator<Lag> WORST_FIRST = Comparator.comparingLong(Lag::lag)
            .reversed()
            .thenComparing(Lag::space)
            .thenComparing(Lag::replica);

    private ClusterJson() {}

    static ObjectNode peers(ClusterView.Peers peers) {
        return Json.object()
                .put("alive", peers.alive())
                .put("suspect", peers.suspect())
                .put("dead", peers.dead())
                .put("left", peers.left())
                .put("total", peers.total());
    }

    static ObjectNode partition(ClusterView.Partition partition) {
        return Json.object()
                .put("state", partition.side().wireName())
                .put("reachable_nodes", partition.reachable())
                .put("total_nodes", partition.total());
    }

    static ObjectNode node(ClusterView.Node node) {
        var json = Json.object()
                .put("id", node.id())
                .put("swim_address", node.gossip())
                .put("api_address", node.grpc())
                .put("http_address", node.http());
        node.rack().ifPresent(rack -> json.put("rack", rack));
        node.zone().ifPresent(zone -> json.put("zone", zone));
        return json.put("state", node.state().wireName())
                .put("incarnation", node.incarnation())
                .put("last_change_ms_ago", node.lastChangeMsAgo())
                .put("local", node.isLocal())
                .put("voter", node.isVoter())
                .put("primary_shards", node.primaryShards())
                .put("replica_shards", node.replicaShards());
    }

    static ObjectNode catalog(ClusterView.Catalog catalog) {
        var json = Json.object()
                .put("cluster", catalog.cluster())
                .put("version", catalog.version())
                .put("generation", catalog.generation());
        var voters = json.putArray("voters");
        catalog.voters().forEach(voters::add);
        return json.put("majority_answers", catalog.majorityAnswers())
                .put("last_change_ms_ago", catalog.lastChangeMsAgo());
    }

    static ObjectNode shards(ClusterView.Shards shards) {
        return Json.object()
                .put("total", shards.total())
                .put("active", shards.active())
                .put("under_replicated", shards.underReplicated())
                .put("unavailable", shards.unavailable());
    }

    /** @param spaces by node, all that are counted */
    static ObjectNode assignments(ClusterView view, Map<String, Long> spaces, long total) {
        var json = Json.object().put("cached_spaces", total);
        var left = new TreeMap<>(spaces);
        var list = json.putArray("per_node");
        for (var node : view.nodes()) {
            var led = left.remove(node.id());
            list.add(perNode(node).put("primary_spaces", led == null ? 0 : led));
        }
        // Still named by a shard, and no node of the catalog any more.
        left.forEach((node, led) -> list.addObject().put("node_id", node).put("primary_spaces", led));
        return json;
    }

    /** Where nobody could count the spaces. */
    static ObjectNode assignments(ClusterView view, String why) {
        var json = Json.object();
        json.putNull("cached_spaces");
        var list = json.putArray("per_node");
        view.nodes().forEach(node -> list.add(perNode(node).putNull("primary_spaces")));
        return json.put("message", why);
    }

    private static ObjectNode perNode(ClusterView.Node node) {
        return Json.object()
                .put("node_id", node.id())
                .put("primary_shards", node.primaryShards())
                .put("replica_shards", node.replicaShards());
    }

    static ObjectNode router(ClusterView.Router router) {
        return Json.object().put("requests_total", router.requests()).put("retries_total", router.retries());
    }

    private static ObjectNode replica(Lag lag) {
        var json = Json.object()
                .put("space", lag.space())
                .put("replica", lag.replica())
                .put("local_sequence", lag.localSequence())
                .put("replicated_sequence", lag.replicatedSequence())
                .put("lag", lag.lag())
                .put("adopted", lag.isAdopted());
        lag.bytes().ifPresent(bytes -> json.put("lag_bytes", bytes));
        lag.age().ifPresent(age -> json.put("lag_ms", age.toMillis()));
        lag.lastAnswer().ifPresent(at -> json.put("last_acknowledged_at", at.toString()));
        return json;
    }

    /** At most {@code limit} copies, those that lack most first. */
    static ObjectNode replication(List<Lag> lags, int limit) {
        var json = Json.object();
        var list = json.putArray("replicas");
        lags.stream().sorted(WORST_FIRST).limit(limit).forEach(lag -> list.add(replica(lag)));
        return json.put("total", lags.size())
                .put("omitted", lags.size() - list.size())
                .put("max_lag", lags.stream().mapToLong(Lag::lag).max().orElse(0));
    }
}
