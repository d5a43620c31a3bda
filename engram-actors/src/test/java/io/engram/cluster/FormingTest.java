package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.engram.health.HealthStatus;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.apache.pekko.actor.CoordinatedShutdown;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.typed.Cluster;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Real actor systems on loopback that find each other. */
class FormingTest {
    private static final Duration LONG = Duration.ofMinutes(3);

    private final List<ActorSystem<Void>> systems = new ArrayList<>();

    private record Node(ActorSystem<Void> system, Forming forming) {
        int members() {
            return forming.introductions().own().members();
        }

        Optional<String> refusal() {
            return Optional.ofNullable(forming.introductions()
                            .refused()
                            .toCompletableFuture()
                            .getNow(null))
                    .map(Throwable::getMessage);
        }
    }

    @AfterEach
    void stop() {
        systems.forEach(ActorSystem::terminate);
        systems.forEach(each -> ActorTestKit.shutdown(each, LONG));
    }

    private static List<Integer> freePorts(int count) throws IOException {
        var open = new ArrayList<ServerSocket>();
        try {
            for (int i = 0; i < count; i++) {
                open.add(new ServerSocket(0, 1, InetAddress.getByName("127.0.0.1")));
            }
            return open.stream().map(ServerSocket::getLocalPort).toList();
        } finally {
            for (var each : open) {
                each.close();
            }
        }
    }

    /** As many nodes as it expects, if it is in a cluster, of which the others are never there. */
    private static Set<UUID> catalog(UUID incarnation, Optional<UUID> cluster, int expect) {
        var nodes = new HashSet<UUID>();
        cluster.ifPresent(_ -> nodes.add(incarnation));
        for (int i = 1; cluster.isPresent() && i < expect; i++) {
            nodes.add(new UUID(1, i));
        }
        return nodes;
    }

    private Node start(
            int port, String name, UUID incarnation, Optional<UUID> cluster, int expect, List<Integer> seeds) {
        return start(port, name, incarnation, cluster, expect, seeds, InstantSource.system());
    }

    private Node start(
            int port,
            String name,
            UUID incarnation,
            Optional<UUID> cluster,
            int expect,
            List<Integer> seeds,
            InstantSource clock) {
        var settings = TestSettings.onLoopback(
                port, seeds.stream().map(each -> "localhost:" + each).toList(), expect);
        var config = ClusterConfig.of(settings)
                .withFallback(ConfigFactory.parseResources("engram-node.conf"))
                .withFallback(ConfigFactory.defaultReference())
                .resolve();
        ActorSystem<Void> system = ActorSystem.create(Behaviors.empty(), "engram", config);
        systems.add(system);
        var own = new Hello(
                Hello.PROTOCOL,
                "0.1.0",
                name,
                incarnation,
                cluster,
                Forming.address(system),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                expect,
                64,
                0,
                Optional.empty(),
                Optional.empty());
        return new Node(
                system,
                Forming.start(
                        system,
                        settings,
                        Discovery.of(settings.discovery(), system),
                        own,
                        clock,
                        () -> catalog(incarnation, cluster, expect)));
    }

    private static Set<Integer> membersOf(Node node) {
        var found = Cluster.get(node.system()).state().getMembers();
        return java.util.stream.StreamSupport.stream(found.spliterator(), false)
                .map(each -> Forming.address(each.address()).port())
                .collect(Collectors.toSet());
    }

    @Test
    void three_that_are_to_found_a_cluster_meet_and_are_one() throws Exception {
        var ports = freePorts(4);
        var seeds = ports.subList(0, 3);
        var first = start(ports.get(0), "a", UUID.randomUUID(), Optional.empty(), 3, seeds);
        var second = start(ports.get(1), "b", UUID.randomUUID(), Optional.empty(), 3, seeds);
        await().atMost(LONG).until(() -> first.forming().introductions().met().size() == 1);
        assertThat(first.members() + second.members()).as("two are too few").isZero();
        var third = start(ports.get(2), "c", UUID.randomUUID(), Optional.empty(), 3, seeds);
        for (var each : List.of(first, second, third)) {
            each.forming().joined().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        await().atMost(LONG).untilAsserted(() -> {
            for (var each : List.of(first, second, third)) {
                assertThat(membersOf(each)).containsExactlyInAnyOrderElementsOf(seeds);
                assertThat(each.members()).isEqualTo(3);
            }
        });
        // One that knows a single node of them, and is told to expect something else, comes in later.
        for (var each : List.of(first, second, third)) {
            each.forming().introductions().describe(own -> own.withCluster(Optional.of(Hellos.RED)));
        }
        var late = start(ports.get(3), "d", UUID.randomUUID(), Optional.empty(), 1, List.of(ports.get(0)));
        late.forming().joined().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        await().atMost(LONG).untilAsserted(() -> assertThat(membersOf(second)).containsAll(ports));
        await().atMost(LONG)
                .untilAsserted(() -> assertThat(late.forming().introductions().met())
                        .extracting(Hello::nodeId)
                        .containsExactlyInAnyOrder("a", "b", "c"));
    }

    @Test
    void nodes_whose_clocks_are_far_apart_know_it_and_are_one_all_the_same() throws Exception {
        var ports = freePorts(2);
        var first = start(ports.get(0), "a", UUID.randomUUID(), Optional.empty(), 2, ports);
        var ahead = start(
                ports.get(1),
                "b",
                UUID.randomUUID(),
                Optional.empty(),
                2,
                ports,
                () -> Instant.now().plusSeconds(3_600));
        for (var each : List.of(first, ahead)) {
            each.forming().joined().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        await().atMost(LONG).untilAsserted(() -> {
            var ofFirst = first.forming().introductions().clocks().health().check();
            var ofAhead = ahead.forming().introductions().clocks().health().check();
            assertThat(ofFirst.status()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(ofFirst.message()).contains("node 'b'").contains("ahead of this node's");
            assertThat(ofAhead.status()).isEqualTo(HealthStatus.DEGRADED);
            assertThat(ofAhead.message()).contains("node 'a'").contains("behind this node's");
        });
        assertThat(membersOf(first)).containsExactlyInAnyOrderElementsOf(ports);
    }

    @Test
    void whoever_belongs_to_another_cluster_or_has_a_name_twice_is_refused() throws Exception {
        var ports = freePorts(3);
        var first = start(ports.get(0), "a", UUID.randomUUID(), Optional.of(Hellos.RED), 1, List.of());
        first.forming().joined().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        var stranger = start(
                ports.get(1), "b", UUID.randomUUID(), Optional.of(Hellos.BLUE), 3, List.of(ports.get(0), ports.get(1)));
        var namesake = start(ports.get(2), "a", UUID.randomUUID(), Optional.empty(), 3, List.of(ports.get(0)));
        await().atMost(LONG)
                .until(() ->
                        stranger.refusal().isPresent() && namesake.refusal().isPresent());
        assertThat(stranger.refusal().orElseThrow())
                .contains("'a'", "'b'", Hellos.RED.toString(), Hellos.BLUE.toString())
                .doesNotContain("\n");
        assertThat(namesake.refusal().orElseThrow()).contains("the same name").doesNotContain("\n");
        assertThat(first.refusal()).isEmpty();
        assertThat(membersOf(first)).containsExactly(ports.get(0));
        assertThat(stranger.members() + namesake.members()).isZero();
    }

    @Test
    void two_memberships_that_hear_of_each_other_become_one() throws Exception {
        var ports = freePorts(3);
        var first = start(ports.get(0), "a", UUID.randomUUID(), Optional.of(Hellos.RED), 1, List.of());
        var second = start(ports.get(1), "b", UUID.randomUUID(), Optional.of(Hellos.RED), 1, List.of());
        for (var each : List.of(first, second)) {
            each.forming().joined().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        }
        var third = start(ports.get(2), "c", UUID.randomUUID(), Optional.empty(), 1, ports.subList(0, 2));
        third.forming().joined().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        var stays = membersOf(first).size() == 2 ? first : second;
        var goes = stays == first ? second : first;
        goes.system().getWhenTerminated().toCompletableFuture().get(LONG.toSeconds(), TimeUnit.SECONDS);
        assertThat(CoordinatedShutdown.get(goes.system()).getShutdownReason())
                .hasValueSatisfying(
                        reason -> assertThat(reason).isInstanceOf(CoordinatedShutdown.ClusterDowningReason$.class));
        assertThat(goes.refusal()).as("it may come back").isEmpty();
        assertThat(membersOf(stays)).hasSize(2);
    }
}
