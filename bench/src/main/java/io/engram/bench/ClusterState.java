package io.engram.bench;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What a node says of its cluster, as far as the benchmarks ask for it. */
final class ClusterState {
    private static final int MOST_COPIES = 10_000;

    private ClusterState() {}

    /**
     * Each node by its name.
     *
     * @param states {@code alive}, {@code suspect}, {@code dead} or {@code left}
     * @param primaries how many shards it leads, by the catalog that the answering node knows
     */
    record Nodes(Map<String, String> states, Map<String, Integer> primaries) {
        Nodes {
            states = Map.copyOf(states);
            primaries = Map.copyOf(primaries);
        }

        boolean isAlive(String node) {
            return "alive".equals(states.get(node));
        }

        int led(String node) {
            return primaries.getOrDefault(node, 0);
        }

        /** Who leads most shards. */
        String first() {
            return primaries.entrySet().stream()
                    .max(Map.Entry.comparingByValue())
                    .map(Map.Entry::getKey)
                    .orElseThrow();
        }
    }

    /** A copy of a space that the answering node leads. */
    record Copy(String space, String node, long lag, boolean isAdopted) {}

    /**
     * @param alive other nodes that can be reached
     * @param shards by the catalog
     * @param copies of what the answering node leads, those that lack most first, 10,000 at most
     * @param copiesTotal how many there are
     */
    record Health(
            int alive,
            int shards,
            int active,
            int underReplicated,
            int unavailable,
            List<Copy> copies,
            int copiesTotal) {
        Health {
            copies = List.copyOf(copies);
        }

        boolean isWell(int nodes) {
            return alive == nodes - 1
                    && active == shards
                    && underReplicated == 0
                    && unavailable == 0
                    && copies.stream().allMatch(Copy::isAdopted);
        }

        /** The spaces that the answering node leads. */
        Set<String> led() {
            var spaces = new HashSet<String>();
            copies.forEach(copy -> spaces.add(copy.space()));
            return spaces;
        }
    }

    static Nodes nodes(HttpConnection connection) throws IOException {
        return nodes(Api.json(ok(connection.get("/cluster/nodes"))));
    }

    static Nodes nodes(JsonNode answer) {
        var states = new HashMap<String, String>();
        var primaries = new HashMap<String, Integer>();
        for (var node : answer.path("nodes")) {
            states.put(node.path("id").asText(), node.path("state").asText());
            primaries.put(node.path("id").asText(), node.path("primary_shards").asInt());
        }
        return new Nodes(states, primaries);
    }

    static Health health(HttpConnection connection) throws IOException {
        return health(Api.json(ok(connection.get("/cluster/health?limit=" + MOST_COPIES))));
    }

    static Health health(JsonNode answer) throws IOException {
        var copies = new java.util.ArrayList<Copy>();
        var replication = answer.path("replication");
        if (!replication.isObject()) {
            throw new IOException("the node does not know how far its copies are");
        }
        for (var copy : replication.path("replicas")) {
            copies.add(new Copy(
                    copy.path("space").asText(),
                    copy.path("replica").asText(),
                    copy.path("lag").asLong(),
                    copy.path("adopted").asBoolean()));
        }
        var shards = answer.path("shards");
        return new Health(
                answer.path("stats").path("alive").asInt(),
                shards.path("total").asInt(),
                shards.path("active").asInt(),
                shards.path("under_replicated").asInt(),
                shards.path("unavailable").asInt(),
                copies,
                replication.path("total").asInt());
    }

    private static HttpConnection.Answer ok(HttpConnection.Answer answer) throws IOException {
        if (answer.status() != 200) {
            throw new IOException("the node says of its cluster " + answer.status() + " " + answer.text());
        }
        return answer;
    }
}
