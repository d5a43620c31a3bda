package io.engram.dist.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.awaitility.Awaitility.await;

import io.engram.dist.Checkout.Result;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * The stacks as somebody uses them. Needs Docker, docker-compose and an image {@code engram:latest} (or what ENGRAM_IMAGE
 * names). Containers have fixed names, so that no stack may run beside it. Grafana is left out: its image is not at hand.
 */
@Tag("long")
class ComposeTest {
    private static final String ALONE = "docker-compose.yml";
    private static final String CLUSTER = "docker-compose-cluster.yml";
    private static final Duration PATIENCE = Duration.ofMinutes(5);

    private Stack stack = new Stack(ALONE);

    @BeforeAll
    static void requireEngineAndImage() {
        assumeThat(Stack.isEngineThere())
                .as("SKIPPED: there is no Docker daemon or no docker-compose, so that no stack was started")
                .isTrue();
        assumeThat(Stack.isImageThere())
                .as("SKIPPED: there is no image %s (deployments/docker/build-image makes one)", Stack.image())
                .isTrue();
    }

    @AfterEach
    void takeDown() throws Exception {
        stack.down();
    }

    @Test
    void one_node_serves_stops_in_time_and_keeps_what_it_has() throws Exception {
        stack.up("engram");
        awaitHealthy("engram-db");
        remember("engram-db", "the ferry leaves at nine");
        stack.compose("stop", "-t", "30");
        assertThat(stack.compose("logs", "engram").output()).contains("shutdown complete");
        assertThat(Stack.inspect("engram-db", "{{.State.ExitCode}}")).isEqualTo("0");
        stack.compose("rm", "--force", "engram");
        stack.up("engram");
        awaitHealthy("engram-db");
        awaitFound("engram-db", "ferry", "the ferry leaves at nine");
    }

    @Test
    void prometheus_reads_the_node_keeps_the_rules_and_says_when_the_node_is_down() throws Exception {
        stack.withPrometheus();
        stack.up("engram", "prometheus");
        awaitHealthy("engram-db");
        remember("engram-db", "the ferry leaves at nine");
        var prometheus = "engram-prometheus";
        awaitAnswer(prometheus, "up{job=\"engram\"}", "=> 1 ");
        awaitAnswer(prometheus, "engram_operation_total{operation=\"remember\"}", "=> 1 ");
        awaitAnswer(prometheus, "job_instance:engram_http_requests:rate5m > bool 0", "=> 1 ");
        assertThat(Stack.query(prometheus, "ALERTS{alertname=\"EngramNodeDown\"}"))
                .isBlank();
        Stack.docker("stop", "engram-db");
        awaitAnswer(prometheus, "ALERTS{alertname=\"EngramNodeDown\", alertstate=\"firing\"}", "=> 1 ");
    }

    @Test
    void three_nodes_know_what_one_was_told_and_go_on_without_one() throws Exception {
        stack = new Stack(CLUSTER);
        stack.withPrometheus();
        stack.up("engram-1", "engram-2", "engram-3", "prometheus");
        for (var node : List.of("engram-db-1", "engram-db-2", "engram-db-3")) {
            awaitHealthy(node);
        }
        remember("engram-db-1", "the ferry leaves at nine");
        awaitFound("engram-db-3", "ferry", "the ferry leaves at nine");
        var prometheus = "engram-cluster-prometheus";
        awaitAnswer(prometheus, "sum(up{job=\"engram\"})", "=> 3 ");
        awaitAnswer(prometheus, "min(engram_cluster_catalog_majority_answers)", "=> 1 ");

        Stack.docker("kill", "engram-db-1");
        awaitFound("engram-db-2", "ferry", "the ferry leaves at nine");
        remember("engram-db-3", "it is late");
        awaitFound("engram-db-2", "late", "it is late");
        awaitAnswer(prometheus, "sum(up{job=\"engram\"})", "=> 2 ");
        awaitAnswer(prometheus, "sum(engram_cluster_membership_alive)", "=> 2 ");

        Stack.docker("start", "engram-db-1");
        awaitHealthy("engram-db-1");
        awaitFound("engram-db-1", "late", "it is late");
        awaitAnswer(prometheus, "min(engram_cluster_membership_alive)", "=> 2 ");
    }

    private static void awaitHealthy(String container) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() ->
                        Stack.inspect(container, "{{.State.Health.Status}}").equals("healthy"));
    }

    /** Again until it is done: a cluster that just lost a node needs some seconds, and the same text twice does no harm. */
    private static void remember(String container, String text) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> client(container, "create", text).exitCode() == 0);
    }

    private static void awaitFound(String container, String word, String text) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(1))
                .until(() -> client(container, "search", word).output().contains(text));
    }

    private static Result client(String container, String command, String text) throws Exception {
        return Stack.tryDocker("exec", container, "java", "@/engram", "memory", command, text, "--space", "harbour");
    }

    private static void awaitAnswer(String container, String question, String answer) {
        await().atMost(PATIENCE)
                .pollInterval(Duration.ofSeconds(2))
                .until(() -> Stack.query(container, question).contains(answer));
    }
}
