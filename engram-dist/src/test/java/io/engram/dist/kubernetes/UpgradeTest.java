package io.engram.dist.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.marcnuri.helm.Helm;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the chart refuses to do to a release that is there, as a cluster tells it. The cluster is a few lines of HTTP here. */
class UpgradeTest {
    private static final String RESOURCES = """
        {"kind": "APIResourceList", "apiVersion": "v1", "groupVersion": "apps/v1", "resources": [
          {"name": "statefulsets", "singularName": "statefulset", "namespaced": true, "kind": "StatefulSet",
           "verbs": ["get", "list"]}]}
        """;
    private static final String MISSING = """
        {"kind": "Status", "apiVersion": "v1", "status": "Failure", "reason": "NotFound", "code": 404}
        """;

    @TempDir
    Path folder;

    private final List<String> asked = new CopyOnWriteArrayList<>();

    @Test
    void a_first_installation_is_not_in_the_way_of_itself() throws Exception {
        assertThatCode(() -> apply("", "statefulset: {replicaCount: 3}")).doesNotThrowAnyException();
        assertThat(asked).contains("/apis/apps/v1/namespaces/engram/statefulsets/engram");
    }

    @Test
    void the_data_of_one_node_does_not_become_that_of_a_cluster_nor_the_other_way_round() throws Exception {
        assertThatThrownBy(() -> apply(there("single", 1), "statefulset: {replicaCount: 3}"))
                .hasMessageContaining("'single', and these values make it 'cluster'");
        assertThatThrownBy(() -> apply(there("cluster", 2), "statefulset: {replicaCount: 1}"))
                .hasMessageContaining("cluster.mode=cluster");
        assertThatCode(() -> apply(there("cluster", 1), "cluster: {mode: cluster}"))
                .doesNotThrowAnyException();
        assertThatCode(() -> apply(there("single", 1), "image: {tag: '0.1.1'}")).doesNotThrowAnyException();
    }

    @Test
    void nodes_leave_one_at_a_time() throws Exception {
        assertThatThrownBy(() -> apply(there("cluster", 5), "statefulset: {replicaCount: 3}"))
                .hasMessageContaining("one at a time");
        assertThatCode(() -> apply(there("cluster", 5), "statefulset: {replicaCount: 4}"))
                .doesNotThrowAnyException();
        assertThatThrownBy(() -> apply(there("cluster", 2), "cluster: {mode: cluster}"))
                .hasMessageContaining("both are the majority");
        assertThatCode(() -> apply(there("cluster", 3), "statefulset: {replicaCount: 0}\ncluster: {mode: cluster}"))
                .doesNotThrowAnyException();
        assertThatCode(() -> apply(there("cluster", 3), "statefulset: {replicaCount: 5}"))
                .doesNotThrowAnyException();
    }

    private static String there(String mode, int replicas) {
        return """
            {"kind": "StatefulSet", "apiVersion": "apps/v1",
             "metadata": {"name": "engram", "namespace": "engram", "annotations": {"engram.io/mode": "%s"}},
             "spec": {"replicas": %d}}
            """.formatted(mode, replicas);
    }

    /** Has Helm make everything, but apply nothing, in a cluster where this StatefulSet is; empty for none. */
    private void apply(String existing, String values) throws IOException {
        var server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.createContext("/", exchange -> {
            var path = exchange.getRequestURI().getPath();
            asked.add(path);
            var isList = path.equals("/apis/apps/v1");
            var body = isList ? RESOURCES : existing.isEmpty() ? MISSING : existing;
            var bytes = body.getBytes(StandardCharsets.UTF_8);
            exchange.getResponseHeaders().add("Content-Type", "application/json");
            exchange.sendResponseHeaders(isList || !existing.isEmpty() ? 200 : 404, bytes.length);
            try (var out = exchange.getResponseBody()) {
                out.write(bytes);
            }
        });
        server.start();
        try {
            var file = folder.resolve("values.yaml");
            Files.writeString(file, "kubeVersion: " + Chart.OLDEST + "\n" + values);
            new Helm(Chart.copy(true))
                    .install()
                    .withName("engram")
                    .withNamespace("engram")
                    .clientOnly()
                    .dryRun()
                    .withValuesFile(file)
                    .withKubeConfigContents("""
                        {"apiVersion": "v1", "kind": "Config", "current-context": "a",
                         "clusters": [{"name": "a", "cluster": {"server": "http://127.0.0.1:%d"}}],
                         "contexts": [{"name": "a", "context": {"cluster": "a", "user": "a"}}],
                         "users": [{"name": "a", "user": {}}]}
                        """.formatted(server.getAddress().getPort()))
                    .call();
        } finally {
            server.stop(0);
        }
    }
}
