package io.engram.cluster;

import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.ClusterEvent.ClusterDomainEvent;
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
}
