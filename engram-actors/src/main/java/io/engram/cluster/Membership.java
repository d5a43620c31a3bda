package io.engram.cluster;

import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent.ClusterDomainEvent;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Subscribe;

/** Hears of every change of who is a member of Pekko's cluster, and who can be reached. */
final class Membership {
    private Membership() {}

    /** Has {@code listener} run at every change, on some thread; it must be quick. */
    static void watch(ActorSystem<?> system, Runnable listener) {
        var watcher = system.systemActorOf(
                Behaviors.<ClusterDomainEvent>receiveMessage(event -> {
                    listener.run();
                    return Behaviors.same();
                }),
                "engram-membership",
                Props.empty());
        Cluster.get(system).subscriptions().tell(Subscribe.create(watcher, ClusterDomainEvent.class));
    }

    /** Pekko's address of the member that is known by this one. */
    static Optional<Address> at(ActorSystem<?> of, String gossip) {
        for (Member member : Cluster.get(of).state().getMembers()) {
            if (Forming.address(member.address()).toString().equals(gossip)) {
                return Optional.of(member.address());
            }
        }
        return Optional.empty();
    }

    /** The addresses of the members that are up and can be reached. */
    static Set<String> reachable(ActorSystem<?> of) {
        var state = Cluster.get(of).state();
        var reachable = new HashSet<String>();
        for (Member member : state.getMembers()) {
            if (member.status().equals(MemberStatus.up())
                    && !state.getUnreachable().contains(member)) {
                reachable.add(Forming.address(member.address()).toString());
            }
        }
        return reachable;
    }
}
