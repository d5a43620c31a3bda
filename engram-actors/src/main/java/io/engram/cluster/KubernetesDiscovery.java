package io.engram.cluster;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Nodes are the pods with certain labels. They are asked for at the Kubernetes API with the pod's own service account, which
 * must be allowed to list pods. A pod counts as soon as it has an address, ready or not: nodes become ready only together.
 */
final class KubernetesDiscovery implements Discovery {
    private static final ObjectMapper JSON = new ObjectMapper();

    /**
     * The way to the API.
     *
     * @param api where it is
     * @param account a folder with {@code token}, {@code ca.crt} and {@code namespace}; read at each lookup, since tokens expire
     * @param namespace where the pods are; empty for the account's
     */
    record Access(Optional<URI> api, Path account, Optional<String> namespace) {
        private static final Path ACCOUNT = Path.of("/var/run/secrets/kubernetes.io/serviceaccount");

        /** What Kubernetes gives every pod. */
        static Access ofPod(Optional<String> namespace) {
            var host = Optional.ofNullable(System.getenv("KUBERNETES_SERVICE_HOST"));
            var port = Optional.ofNullable(System.getenv("KUBERNETES_SERVICE_PORT"))
                    .orElse("443");
            return new Access(
                    host.map(each ->
                            URI.create("https://" + (each.contains(":") ? "[" + each + "]" : each) + ":" + port)),
                    ACCOUNT,
                    namespace);
        }
    }

    private final Access access;
    private final String selector;
    private final int port;

    KubernetesDiscovery(Access access, String selector, int port) {
        this.access = access;
        this.selector = selector;
        this.port = port;
    }

    @Override
    public CompletionStage<List<HostPort>> lookup() {
        var found = new CompletableFuture<List<HostPort>>();
        Thread.ofVirtual().name("engram-kubernetes").start(() -> {
            try {
                found.complete(pods(ask(), port));
            } catch (DiscoveryException e) {
                found.completeExceptionally(e);
            } catch (IOException | GeneralSecurityException | IllegalArgumentException e) {
                found.completeExceptionally(new DiscoveryException("the Kubernetes API cannot be asked: " + e));
            } catch (InterruptedException _) {
                Thread.currentThread().interrupt();
                found.completeExceptionally(new DiscoveryException("the lookup was interrupted"));
            }
        });
        return found;
    }

    private String ask() throws IOException, GeneralSecurityException, InterruptedException {
        var api = access.api()
                .orElseThrow(() -> new DiscoveryException(
                        "KUBERNETES_SERVICE_HOST is not set: this node does not run in Kubernetes, and"
                                + " cluster.discovery.type is kubernetes"));
        var namespace = access.namespace().isPresent()
                ? access.namespace().get()
                : Files.readString(access.account().resolve("namespace")).strip();
        var token = Files.readString(access.account().resolve("token")).strip();
        var uri = api.resolve("/api/v1/namespaces/%s/pods?limit=%d&labelSelector=%s"
                .formatted(encoded(namespace), MOST, encoded(selector)));
        var request = HttpRequest.newBuilder(uri)
                .header("Authorization", "Bearer " + token)
                .header("Accept", "application/json")
                .timeout(LONGEST)
                .build();
        try (var client = client(api)) {
            var answer = client.send(request, HttpResponse.BodyHandlers.ofString());
            if (answer.statusCode() != 200) {
                throw new DiscoveryException(refusal(answer.statusCode(), namespace));
            }
            return answer.body();
        }
    }

    private static String refusal(int status, String namespace) {
        var text = "the Kubernetes API answered %d for the pods of namespace %s".formatted(status, namespace);
        return status == 401 || status == 403
                ? text + "; the pod's service account must be allowed to list pods"
                : text;
    }

    private HttpClient client(URI api) throws IOException, GeneralSecurityException {
        var builder = HttpClient.newBuilder().connectTimeout(LONGEST);
        if ("https".equals(api.getScheme())) {
            builder.sslContext(trusting(access.account().resolve("ca.crt")));
        }
        return builder.build();
    }

    private static SSLContext trusting(Path certificates) throws IOException, GeneralSecurityException {
        var store = KeyStore.getInstance(KeyStore.getDefaultType());
        store.load(null, null);
        try (InputStream in = Files.newInputStream(certificates)) {
            int number = 0;
            for (var each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
                store.setCertificateEntry("ca" + number, each);
                number++;
            }
        }
        var trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        var context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        return context;
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }

    /** The addresses in a list of pods, without those of pods that have ended or are about to. */
    static List<HostPort> pods(String json, int port) {
        try {
            var found = new ArrayList<HostPort>();
            for (var pod : JSON.readTree(json).path("items")) {
                var phase = pod.path("status").path("phase").asText("");
                var address = pod.path("status").path("podIP").asText("");
                var isEnding = pod.path("metadata").has("deletionTimestamp");
                if (!address.isEmpty() && !isEnding && !phase.equals("Succeeded") && !phase.equals("Failed")) {
                    found.add(new HostPort(address, port));
                }
            }
            return found.stream().distinct().limit(MOST).toList();
        } catch (JsonProcessingException | IllegalArgumentException e) {
            throw new DiscoveryException("the Kubernetes API answered something else than a list of pods");
        }
    }
}
