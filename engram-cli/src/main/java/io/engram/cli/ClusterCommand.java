package io.engram.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The cluster, as one of its nodes sees it. */
@Command(
        name = "cluster",
        description = "Show the cluster as a node sees it.",
        subcommands = {ClusterCommand.Nodes.class, ClusterCommand.Health.class, ClusterCommand.Catalog.class})
final class ClusterCommand {
    private static final String HEALTH = "/cluster/health";

    private ClusterCommand() {}

    /** Lists the nodes. */
    @Command(name = "nodes", description = "List the nodes; * marks the one that answers.")
    static final class Nodes implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Override
        public Integer call() {
            return client.print("GET", "/cluster/nodes", Optional.empty(), Nodes::text);
        }

        private static String text(JsonNode answer) {
            if (answer.path("nodes").isEmpty()) {
                return "this node has heard of no catalog yet, and so of no nodes";
            }
            var table = new Table("", "ID", "STATE", "VOTES", "LEADS", "COPIES", "GOSSIP", "GRPC", "HTTP", "PLACE");
            for (var node : answer.path("nodes")) {
                table.row(
                        node.path("local").asBoolean() ? "*" : "",
                        node.path("id").asText(),
                        node.path("state").asText(),
                        node.path("voter").asBoolean() ? "yes" : "no",
                        node.path("primary_shards").asText(),
                        node.path("replica_shards").asText(),
                        node.path("swim_address").asText(),
                        node.path("api_address").asText(),
                        node.path("http_address").asText(),
                        place(node));
            }
            return table.text();
        }

        private static String place(JsonNode node) {
            return Stream.of(node.path("zone"), node.path("rack"))
                    .map(JsonNode::asText)
                    .filter(text -> !text.isEmpty())
                    .collect(Collectors.joining("/"));
        }
    }

    /** Tells how the cluster does. */
    @Command(
            name = "health",
            description = "Show partition, catalog, shards, who leads how many spaces, and how far the copies are of"
                    + " the spaces that the node leads.")
    static final class Health implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Option(
                names = "--limit",
                paramLabel = "COUNT",
                description = "Copies to show at most, those that lack most first; ${DEFAULT-VALUE} if not given.")
        int limit = 20;

        @Override
        public Integer call() {
            return client.print("GET", HEALTH + "?limit=" + limit, Optional.empty(), Health::text);
        }

        private static String text(JsonNode health) {
            var partition = health.path("partition");
            var shards = health.path("shards");
            var text = new StringBuilder();
            line(text, "Node", health.path("node_id").asText());
            line(text, "Other nodes", peers(health.path("stats")));
            line(
                    text,
                    "Partition",
                    "%s, %s of %s nodes can be reached"
                            .formatted(
                                    partition.path("state").asText(),
                                    partition.path("reachable_nodes").asText(),
                                    partition.path("total_nodes").asText()));
            line(text, "Catalog", catalogInShort(health.path("catalog")));
            line(
                    text,
                    "Shards",
                    "%s, %s active, %s under-replicated, %s unavailable"
                            .formatted(
                                    shards.path("total").asText(),
                                    shards.path("active").asText(),
                                    shards.path("under_replicated").asText(),
                                    shards.path("unavailable").asText()));
            assignments(text, health.path("assignments"));
            replication(text, health.path("replication"));
            return text.toString();
        }

        private static String catalogInShort(JsonNode catalog) {
            return catalog.isObject()
                    ? "version %s, %d voters, %s"
                            .formatted(
                                    catalog.path("version").asText(),
                                    catalog.path("voters").size(),
                                    majority(catalog))
                    : "none is known yet";
        }

        private static void assignments(StringBuilder text, JsonNode assignments) {
            var spaces = assignments.path("cached_spaces");
            line(
                    text,
                    "Spaces",
                    spaces.isNumber()
                            ? spaces.asText()
                            : assignments.path("message").asText());
            if (!assignments.path("per_node").isEmpty()) {
                var table = new Table("NODE", "SPACES", "SHARDS", "COPIES OF SHARDS");
                for (var node : assignments.path("per_node")) {
                    table.row(
                            node.path("node_id").asText(),
                            node.path("primary_spaces").isNumber()
                                    ? node.path("primary_spaces").asText()
                                    : "-",
                            node.path("primary_shards").asText(),
                            node.path("replica_shards").asText());
                }
                text.append('\n').append(table.text());
            }
        }

        private static void replication(StringBuilder text, JsonNode replication) {
            text.append('\n');
            if (!replication.isObject()) {
                line(text, "Copies", "the shards of this node do not tell at the moment");
                return;
            }
            line(text, "Copies", copies(replication));
            if (!replication.path("replicas").isEmpty()) {
                var table = new Table("SPACE", "COPY AT", "HERE", "THERE", "LAG");
                for (var replica : replication.path("replicas")) {
                    table.row(
                            replica.path("space").asText(),
                            replica.path("replica").asText(),
                            replica.path("local_sequence").asText(),
                            replica.path("replicated_sequence").asText(),
                            replica.path("lag").asText());
                }
                text.append('\n').append(table.text());
            }
            if (replication.path("omitted").asLong() > 0) {
                text.append("and ").append(replication.path("omitted").asText()).append(" more\n");
            }
        }
    }

    /** Tells what is known of the catalog. */
    @Command(
            name = "catalog",
            description = "Show what the node knows of the catalog: its version and who votes on it.")
    static final class Catalog implements Callable<Integer> {
        @Mixin
        ClientOptions client = new ClientOptions();

        @Override
        public Integer call() {
            UnaryOperator<JsonNode> part = health -> {
                if (!health.path("catalog").isObject()) {
                    throw new CommandFailure("this node has heard of no catalog yet");
                }
                return health.path("catalog");
            };
            return client.print("GET", HEALTH + "?limit=0", Optional.empty(), part, Catalog::text);
        }

        private static String text(JsonNode catalog) {
            var text = new StringBuilder();
            line(text, "Cluster", catalog.path("cluster").asText());
            line(text, "Version", catalog.path("version").asText());
            line(text, "Generation", catalog.path("generation").asText());
            line(
                    text,
                    "Voters",
                    StreamSupport.stream(catalog.path("voters").spliterator(), false)
                            .map(JsonNode::asText)
                            .collect(Collectors.joining(", ")));
            line(text, "Majority", majority(catalog));
            line(
                    text,
                    "Last change",
                    "%.1f s ago".formatted(catalog.path("last_change_ms_ago").asLong() / 1000.0));
            return text.toString();
        }
    }

    /** The other nodes in a line. */
    static String peers(JsonNode stats) {
        return "%s alive, %s suspect, %s dead, %s left, %s total"
                .formatted(
                        stats.path("alive").asText(),
                        stats.path("suspect").asText(),
                        stats.path("dead").asText(),
                        stats.path("left").asText(),
                        stats.path("total").asText());
    }

    /** The copies in a line. */
    static String copies(JsonNode replication) {
        return "%s, the largest lag is %s entries"
                .formatted(
                        replication.path("total").asText(),
                        replication.path("max_lag").asText());
    }

    private static String majority(JsonNode catalog) {
        return catalog.path("majority_answers").asBoolean() ? "a majority answers" : "no majority answers";
    }

    private static void line(StringBuilder text, String name, String value) {
        text.append("%-12s %s%n".formatted(name + ":", value));
    }
}
