package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.ActorSystem;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.EmptyLocalActorRef;
import org.apache.pekko.actor.ExtendedActorSystem;
import org.apache.pekko.actor.RootActorPath;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Await;
import scala.jdk.javaapi.CollectionConverters;

@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShardAllocationTest {
    private static final Address A = address(1);
    private static final Address B = address(2);
    private static final Address C = address(3);

    private final Map<String, Address> leaders = new HashMap<>();
    private final Set<Address> unreachable = new HashSet<>();
    private final ShardAllocation allocation = new ShardAllocation(
            shard -> Optional.ofNullable(leaders.get(shard)), address -> !unreachable.contains(address), A);

    private ActorSystem system;

    private static Address address(int port) {
        return new Address("pekko", "engram", "127.0.0.1", port);
    }

    @BeforeAll
    void start() {
        system = ActorSystem.create(
                "engram",
                ConfigFactory.parseString("pekko.fail-mixed-versions = off").withFallback(ConfigFactory.load()));
    }

    @AfterAll
    void stop() {
        system.terminate();
    }

    private ActorRef region(Address address) {
        return new EmptyLocalActorRef(
                ((ExtendedActorSystem) system).provider(),
                new RootActorPath(address, "/").child("region"),
                system.eventStream());
    }

    private static IndexedSeq<String> shards(String... shards) {
        return CollectionConverters.asScala(List.of(shards)).toIndexedSeq();
    }

    private Set<String> rebalanced() throws Exception {
        var allocations = Map.of(region(A), shards("1", "2"), region(B), shards("3"), region(C), shards("4", "5"));
        return Await.result(
                allocation.rebalance(allocations, Set.of("5")),
                scala.concurrent.duration.Duration.fromNanos(
                        Duration.ofSeconds(10).toNanos()));
    }

    @Test
    void shards_move_to_where_the_catalog_says_that_they_are_led() throws Exception {
        leaders.putAll(Map.of("1", A, "2", B, "3", B, "4", A, "5", A));
        assertThat(rebalanced()).containsExactlyInAnyOrder("2", "4");
        leaders.put("2", address(9));
        assertThat(rebalanced()).as("nobody is there").containsExactly("4");
    }

    @Test
    void a_node_that_cannot_be_reached_is_not_asked_to_hand_anything_off() throws Exception {
        leaders.putAll(Map.of("1", A, "2", B, "3", B, "4", A, "5", A));
        unreachable.add(C);
        assertThat(rebalanced()).containsExactly("2");
    }
}
