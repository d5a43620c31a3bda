package io.engram.cluster;

import static scala.jdk.javaapi.CollectionConverters.asJava;

import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.function.Function;
import java.util.function.Predicate;
import org.apache.pekko.actor.ActorRef;
import org.apache.pekko.actor.Address;
import org.apache.pekko.cluster.sharding.ShardCoordinator.AbstractShardAllocationStrategy;
import scala.collection.immutable.IndexedSeq;
import scala.concurrent.Future;
import scala.jdk.javaapi.FutureConverters;

/**
 * To Pekko there is one shard for each node, which has the actors of the spaces that this node leads, and which belongs there.
 * When the catalog gives a space to another node, its actor begins anew in that node's shard: nothing has to be moved by Pekko's
 * coordinator, which makes one change at a time and each on a majority of the nodes. Pekko decides only where actors run; which
 * of them may write is decided by the logs.
 */
final class ShardAllocation extends AbstractShardAllocationStrategy {
    private final Function<String, Optional<Address>> leader;
    private final Predicate<Address> isReachable;
    private final Address self;

    /**
     * @param leader where a shard is led, as far as this node knows
     * @param isReachable whether the node at an address answers
     * @param self this node's address, which references to its own actors do not name
     */
    ShardAllocation(Function<String, Optional<Address>> leader, Predicate<Address> isReachable, Address self) {
        this.leader = leader;
        this.isReachable = isReachable;
        this.self = self;
    }

    @Override
    public Future<ActorRef> allocateShard(
            ActorRef requester, String shard, Map<ActorRef, IndexedSeq<String>> allocations) {
        var region = leader.apply(shard)
                .flatMap(address -> allocations.keySet().stream()
                        .filter(each -> addressOf(each).equals(address))
                        .findFirst());
        // Nobody leads it now: whoever asked refuses until somebody does, and then it moves.
        return done(region.orElse(requester));
    }

    @Override
    public Future<Set<String>> rebalance(Map<ActorRef, IndexedSeq<String>> allocations, Set<String> inProgress) {
        var wrong = new HashSet<String>();
        allocations.forEach((region, shards) -> {
            if (!isReachable.test(addressOf(region))) {
                // It would be asked to hand them off, and Pekko would wait for that even after the node is removed. Its
                // removal
                // sets them free at once.
                return;
            }
            for (var shard : asJava(shards)) {
                var isElsewhere = leader.apply(shard)
                        .filter(address -> !address.equals(addressOf(region)))
                        .filter(address -> allocations.keySet().stream()
                                .anyMatch(each -> addressOf(each).equals(address)))
                        .isPresent();
                if (isElsewhere && !inProgress.contains(shard)) {
                    wrong.add(shard);
                }
            }
        });
        return done(wrong);
    }

    private Address addressOf(ActorRef region) {
        var address = region.path().address();
        return address.hasLocalScope() ? self : address;
    }

    private static <T> Future<T> done(T value) {
        return FutureConverters.asScala(CompletableFuture.completedFuture(value));
    }
}
