package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DiscoveryTest {
    private static final String PODS = """
        {"kind": "PodList", "items": [
          {"metadata": {"name": "engram-0"}, "status": {"phase": "Running", "podIP": "10.1.0.1"}},
          {"metadata": {"name": "engram-1"}, "status": {"phase": "Pending", "podIP": "fd00::1"}},
          {"metadata": {"name": "engram-2"}, "status": {"phase": "Pending"}},
          {"metadata": {"name": "engram-3", "deletionTimestamp": "2026-01-01T00:00:00Z"},
           "status": {"phase": "Running", "podIP": "10.1.0.3"}},
          {"metadata": {"name": "job"}, "status": {"phase": "Succeeded", "podIP": "10.1.0.4"}}]}
        """;

    @TempDir
    Path folder;

    private static List<HostPort> now(Discovery discovery) {
        return discovery.lookup().toCompletableFuture().join();
    }

    @Test
    void a_list_is_always_the_same() {
        var nodes = List.of(HostPort.parse("a:1"), HostPort.parse("b:2"), HostPort.parse("a:1"));
        assertThat(now(Discovery.fixed(nodes))).containsExactly(HostPort.parse("a:1"), HostPort.parse("b:2"));
    }

    @Test
    void a_name_has_addresses_and_one_that_is_not_there_has_none() {
        assertThat(now(new DnsDiscovery("localhost", 7946))).contains(HostPort.parse("127.0.0.1:7946"));
        assertThat(now(new DnsDiscovery("no-such-host.invalid", 7946))).isEmpty();
    }

    @Test
    void pods_count_when_they_have_an_address_and_are_not_about_to_end() {
        assertThat(KubernetesDiscovery.pods(PODS, 7946))
                .containsExactly(HostPort.parse("10.1.0.1:7946"), HostPort.parse("[fd00::1]:7946"));
        assertThat(KubernetesDiscovery.pods("{}", 7946)).isEmpty();
        assertThatThrownBy(() -> KubernetesDiscovery.pods("<html>", 7946)).isInstanceOf(DiscoveryException.class);
    }

    @Test
    void the_kubernetes_api_is_asked_with_the_pods_account() throws Exception {
        Files.writeString(folder.resolve("namespace"), "memory\n");
        Files.writeString(folder.resolve("token"), "first\n");
        var asked = new ConcurrentLinkedQueue<String>();
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            asked.add(exchange.getRequestURI() + " "
                    + exchange.getRequestHeaders().getFirst("Authorization"));
            var isFirst = exchange.getRequestHeaders().getFirst("Authorization").endsWith("first");
            var body = (isFirst ? PODS : "{\"kind\": \"Status\"}").getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(isFirst ? 200 : 403, body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.start();
        try {
            var api = URI.create("http://127.0.0.1:" + server.getAddress().getPort());
            var discovery = new KubernetesDiscovery(
                    new KubernetesDiscovery.Access(Optional.of(api), folder, Optional.empty()), "app=engram", 7946);
            assertThat(now(discovery)).hasSize(2);
            Files.writeString(folder.resolve("token"), "second");
            assertThatThrownBy(() -> now(discovery))
                    .hasCauseInstanceOf(DiscoveryException.class)
                    .hasMessageContaining("403")
                    .hasMessageContaining("allowed to list pods");
            var path = "/api/v1/namespaces/memory/pods?limit=1000&labelSelector=app%3Dengram ";
            assertThat(asked).containsExactly(path + "Bearer first", path + "Bearer second");
        } finally {
            server.stop(0);
        }
    }

    @Test
    void outside_of_kubernetes_that_is_said() {
        var discovery = new KubernetesDiscovery(
                new KubernetesDiscovery.Access(Optional.empty(), folder, Optional.empty()), "app=engram", 7946);
        assertThatThrownBy(() -> now(discovery)).hasMessageContaining("does not run in Kubernetes");
    }
}
