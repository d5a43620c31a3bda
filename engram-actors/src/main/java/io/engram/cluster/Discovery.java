package io.engram.cluster;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;

/** Where the gossip ports of other nodes may be. Whoever asks does so again and again: nodes come, and move. */
public interface Discovery {
    /** The longest that a lookup takes. */
    Duration LONGEST = Duration.ofSeconds(5);

    /** The most addresses that a lookup gives; the others are left out. */
    int MOST = 1_000;

    /**
     * Looks once. This node's own address may be among what is found; nothing found is no error. Fails with a {@link
     * DiscoveryException}.
     */
    CompletionStage<List<HostPort>> lookup();

    /**
     * The one that the settings name.
     *
     * @throws ClusterRefusal if they name something that is none
     */
    static Discovery of(ClusterSettings.How how, ActorSystem<?> system) {
        return switch (how) {
            case ClusterSettings.How.Static(var seeds) ->
                fixed(seeds.stream().map(HostPort::parse).toList());
            case ClusterSettings.How.Dns(var service, var port) ->
                service.startsWith("_") ? new SrvDiscovery(service, system) : new DnsDiscovery(service, port);
            case ClusterSettings.How.Kubernetes(var namespace, var selector, var port) ->
                new KubernetesDiscovery(KubernetesDiscovery.Access.ofPod(namespace), selector, port);
        };
    }

    /** Always the same ones. */
    static Discovery fixed(List<HostPort> nodes) {
        var copy = nodes.stream().distinct().limit(MOST).toList();
        return () -> CompletableFuture.completedStage(copy);
    }
}
