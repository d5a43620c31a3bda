package io.engram.cluster;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.discovery.Lookup;
import org.apache.pekko.discovery.ServiceDiscovery;

/** The service records of a name, which tell the ports, by Pekko's own resolver: Java's asks for addresses only. */
final class SrvDiscovery implements Discovery {
    private final String name;
    private final Lookup lookup;
    private final ServiceDiscovery dns;

    /**
     * @param name such as {@code _engram-gossip._tcp.example.org}
     * @throws ClusterRefusal if it is no such name
     */
    SrvDiscovery(String name, ActorSystem<?> system) {
        this.name = name;
        try {
            lookup = Lookup.parseSrv(name);
        } catch (IllegalArgumentException _) {
            throw new ClusterRefusal(
                    "cluster.discovery.service is %s, which is no name of service records; it must be like _port._tcp.name"
                            .formatted(name));
        }
        dns = org.apache.pekko.discovery.Discovery.get(system).loadServiceDiscovery("pekko-dns");
    }

    @Override
    public CompletionStage<List<HostPort>> lookup() {
        return dns.lookup(lookup, LONGEST)
                .thenApply(resolved -> resolved.getAddresses().stream()
                        .filter(each -> each.getPort().isPresent())
                        .map(each -> new HostPort(
                                withoutDot(each.host()), (int) each.getPort().orElseThrow()))
                        .distinct()
                        .limit(MOST)
                        .toList())
                .exceptionallyCompose(failure -> CompletableFuture.failedStage(new DiscoveryException(
                        "the service records of %s cannot be looked up: %s".formatted(name, reason(failure)))));
    }

    private static Throwable reason(Throwable failure) {
        return failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
    }

    private static String withoutDot(String host) {
        return host.endsWith(".") ? host.substring(0, host.length() - 1) : host;
    }
}
