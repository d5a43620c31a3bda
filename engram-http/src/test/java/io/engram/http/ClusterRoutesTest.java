package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.cluster.ClusterView.Lag;
import io.engram.space.EngramException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What a node says of its cluster to those who ask over HTTP. */
class ClusterRoutesTest {
    private final FakeSpaces spaces = new FakeSpaces();
    private final FakeCluster cluster = new FakeCluster();

    @SuppressWarnings("NullAway.Init")
    private Door door;

    @BeforeEach
    void open() {
        door = Door.open(spaces, Door.SETTINGS, Optional.of(cluster));
    }

    @AfterEach
    void close() {
        door.close();
    }

    @Test
    void the_nodes_are_listed_with_their_addresses_and_states() {
        var reply = door.get("/cluster/nodes");
        assertThat(reply.status()).isEqualTo(200);
        var nodes = reply.json().path("nodes");
        assertThat(nodes).hasSize(3);
        assertThat(nodes.path(0).toString())
                .isEqualTo("{\"id\":\"node-0\",\"swim_address\":\"node-0:7946\",\"api_address\":\"node-0:50051\","
                        + "\"http_address\":\"node-0:7432\",\"rack\":\"rack-a\",\"state\":\"alive\","
                        + "\"incarnation\":\"00000000-0000-0000-0000-000000000000\",\"last_change_ms_ago\":500,"
                        + "\"local\":true,\"voter\":true,\"primary_shards\":5,\"replica_shards\":8}");
        assertThat(nodes.path(2).path("state").asText()).isEqualTo("suspect");
        assertThat(nodes.path(2).path("local").asBoolean()).isFalse();
        assertThat(nodes.path(1).has("rack")).isFalse();
    }

    @Test
    void health_tells_peers_partition_assignments_and_replication() {
        door.post("/api/v1/spaces", "{\"id\":\"tenant-a\"}");
        door.post("/api/v1/spaces", "{\"id\":\"tenant-b\"}");
        door.post("/api/v1/spaces", "{\"id\":\"tenant-new\"}");

        var health = door.get("/cluster/health").json();
        assertThat(health.path("node_id").asText()).isEqualTo("node-0");
        assertThat(health.path("stats").toString())
                .isEqualTo("{\"alive\":1,\"suspect\":1,\"dead\":0,\"left\":0,\"total\":2}");
        assertThat(health.path("partition").toString())
                .isEqualTo("{\"state\":\"connected\",\"reachable_nodes\":2,\"total_nodes\":3}");
        assertThat(health.at("/assignments/cached_spaces").asInt()).isEqualTo(3);
        assertThat(health.at("/assignments/per_node")).hasSize(3);
        assertThat(health.at("/assignments/per_node/0/node_id").asText()).isEqualTo("node-0");
        assertThat(health.at("/assignments/per_node/0/primary_spaces").asInt()).isEqualTo(1);
        assertThat(health.at("/assignments/per_node/1/primary_spaces").asInt()).isEqualTo(1);
        assertThat(health.at("/assignments/per_node/2/primary_spaces").asInt()).isZero();
        assertThat(health.at("/replication/replicas")).hasSize(3);
        assertThat(health.at("/replication/replicas/0").toString())
                .isEqualTo("{\"space\":\"tenant-a\",\"replica\":\"node-2\",\"local_sequence\":7,"
                        + "\"replicated_sequence\":2,\"lag\":5,\"adopted\":true,\"lag_bytes\":512,\"lag_ms\":1500}");
        assertThat(health.at("/replication/max_lag").asInt()).isEqualTo(5);
        assertThat(health.at("/catalog/version").asInt()).isEqualTo(42);
        assertThat(health.at("/catalog/voters")).hasSize(3);
        assertThat(health.at("/catalog/majority_answers").asBoolean()).isTrue();
        assertThat(health.at("/shards/under_replicated").asInt()).isEqualTo(4);
        assertThat(health.at("/router").toString()).isEqualTo("{\"requests_total\":1000,\"retries_total\":7}");
    }

    @Test
    void the_list_of_copies_is_bounded_and_says_what_it_left_out() {
        cluster.lags = IntStream.range(0, 1000)
                .mapToObj(i -> new Lag(
                        "tenant-" + i, "node-1", i, 0, true, OptionalLong.empty(), Optional.empty(), Optional.empty()))
                .toList();
        var some = door.get("/cluster/health").json().path("replication");
        assertThat(some.path("replicas")).hasSize(ClusterRoutes.DEFAULT_REPLICAS);
        assertThat(some.path("total").asInt()).isEqualTo(1000);
        assertThat(some.path("omitted").asInt()).isEqualTo(800);
        assertThat(some.at("/replicas/0/lag").asInt()).isEqualTo(999);
        var none = door.get("/cluster/health?limit=0").json().path("replication");
        assertThat(none.path("replicas")).isEmpty();
        assertThat(none.path("max_lag").asInt()).isEqualTo(999);
        assertThat(door.get("/cluster/health?limit=10001").status()).isEqualTo(400);
        assertThat(door.get("/cluster/health?limit=many").status()).isEqualTo(400);
    }

    @Test
    void what_cannot_be_learnt_is_null_and_never_a_guess() {
        spaces.failure = Optional.of(EngramException.unavailable("a leader is gone", Duration.ofSeconds(1)));
        cluster.lagsFail = true;
        var health = door.get("/cluster/health").json();
        assertThat(health.at("/assignments/cached_spaces").isNull()).isTrue();
        assertThat(health.at("/assignments/per_node")).hasSize(3);
        assertThat(health.at("/assignments/per_node/0/primary_spaces").isNull()).isTrue();
        assertThat(health.at("/assignments/message").asText()).contains("a leader is gone");
        assertThat(health.path("replication").isNull()).isTrue();

        cluster.lagsFail = false;
        cluster.lagsHang = true;
        assertThat(door.get("/cluster/health").json().path("replication").isNull())
                .isTrue();
    }

    @Test
    void a_node_that_knows_no_catalog_yet_says_so() {
        cluster.view = FakeCluster.ALONE;
        cluster.lags = List.of();
        assertThat(door.get("/cluster/nodes").json().path("nodes")).isEmpty();
        var health = door.get("/cluster/health").json();
        assertThat(health.path("catalog").isNull()).isTrue();
        assertThat(health.at("/partition/state").asText()).isEqualTo("partitioned");
        assertThat(health.at("/replication/replicas").isArray()).isTrue();
    }

    @Test
    void the_system_health_has_the_cluster_in_short() {
        var summary = door.get("/api/v1/system/health").json().path("cluster");
        assertThat(summary.path("node_id").asText()).isEqualTo("node-0");
        assertThat(summary.path("alive").asInt()).isEqualTo(1);
        assertThat(summary.path("suspect").asInt()).isEqualTo(1);
        assertThat(summary.path("total").asInt()).isEqualTo(2);
        assertThat(summary.at("/catalog/version").asInt()).isEqualTo(42);
    }

    @Test
    void the_system_health_says_how_far_the_copies_of_a_space_are() {
        var name = cluster.lags.getFirst().space();
        door.post("/api/v1/spaces", "{\"id\":\"" + name + "\"}");
        var most = cluster.lags.stream()
                .filter(lag -> lag.space().equals(name))
                .mapToLong(lag -> lag.lag())
                .max()
                .orElseThrow();
        var space = door.get("/api/v1/system/health?space=" + name).json().at("/spaces/0");
        assertThat(space.path("lag_entries").asLong()).isEqualTo(most);
        assertThat(space.has("wal_lag_ms")).isTrue();
        cluster.lagsFail = true;
        assertThat(door.get("/api/v1/system/health?space=" + name)
                        .json()
                        .at("/spaces/0")
                        .has("lag_entries"))
                .isFalse();
        cluster.lagsFail = false;
    }

    @Test
    void moving_spaces_by_hand_is_not_built_and_says_so() {
        for (var reply : List.of(
                door.get("/cluster/rebalance"),
                door.post("/cluster/rebalance", ""),
                door.post("/cluster/migrate", "{\"space\":\"tenant-a\"}"))) {
            assertThat(reply.status()).isEqualTo(501);
            assertThat(reply.code()).isEqualTo("NOT_IMPLEMENTED");
            assertThat(reply.message()).contains("/cluster/").contains("does nothing yet");
        }
    }

    @Test
    void a_node_on_its_own_has_no_cluster() {
        try (var alone = Door.open(spaces)) {
            for (var reply : List.of(
                    alone.get("/cluster/nodes"),
                    alone.get("/cluster/health"),
                    alone.get("/cluster/rebalance"),
                    alone.post("/cluster/rebalance", ""),
                    alone.post("/cluster/migrate", "{}"))) {
                assertThat(reply.status()).isEqualTo(501);
                assertThat(reply.code()).isEqualTo("FEATURE_NOT_ENABLED");
            }
        }
    }
}
