package io.engram.cluster;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;

/**
 * The addresses of a name, such as a headless service, asked for as the machine asks for all names. A name that is not there
 * is nobody: before the first pod of a service there is none.
 */
final class DnsDiscovery implements Discovery {
    private final String service;
    private final int port;

    DnsDiscovery(String service, int port) {
        this.service = service;
        this.port = port;
    }

    @Override
    public CompletionStage<List<HostPort>> lookup() {
        var found = new CompletableFuture<List<HostPort>>();
        // The resolver has time-outs of its own, which are longer than anybody wants to wait here.
        Thread.ofVirtual().name("engram-dns").start(() -> found.complete(addresses()));
        return found.orTimeout(LONGEST.toMillis(), TimeUnit.MILLISECONDS)
                .exceptionallyCompose(_ -> CompletableFuture.failedStage(new DiscoveryException(
                        "DNS did not answer for %s within %d s".formatted(service, LONGEST.toSeconds()))));
    }

    private List<HostPort> addresses() {
        try {
            return Arrays.stream(InetAddress.getAllByName(service))
                    .map(each -> new HostPort(each.getHostAddress(), port))
                    .distinct()
                    .limit(MOST)
                    .toList();
        } catch (UnknownHostException _) {
            return List.of();
        }
    }
}
