package io.engram.dist.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** A value that changes nothing would be a promise that is not kept: each of them is changed, and something must come of it. */
class EveryValueTest {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final YAMLMapper YAML = new YAMLMapper();

    private static final String CLUSTER = "statefulset: {replicaCount: 3}";
    private static final String BALANCER = "service: {type: LoadBalancer}";
    private static final String INGRESS = "ingress: {enabled: true}";
    private static final String FIGURES = "monitoring: {prometheus: {enabled: true}}";
    private static final String MONITOR = "monitoring: {prometheus: {enabled: true, serviceMonitor: {enabled: true}}}";

    /** What has to be set for a value, or those below it, to mean something. */
    private static final Map<String, String> NEEDS = Map.ofEntries(
            Map.entry("cluster.bootstrapExpect", CLUSTER),
            Map.entry("cluster.discovery.type", CLUSTER),
            Map.entry("rbac", CLUSTER),
            Map.entry("topologySpread", CLUSTER),
            Map.entry("service.loadBalancerIP", BALANCER),
            Map.entry("service.loadBalancerSourceRanges", BALANCER),
            Map.entry("ingress.className", INGRESS),
            Map.entry("ingress.annotations", INGRESS),
            Map.entry("ingress.hosts", INGRESS),
            Map.entry("ingress.tls", INGRESS),
            Map.entry("networkPolicy.monitoringNamespaces", FIGURES),
            Map.entry("monitoring.prometheus.serviceMonitor.enabled", FIGURES),
            Map.entry("monitoring.prometheus.serviceMonitor.interval", MONITOR),
            Map.entry("monitoring.prometheus.serviceMonitor.scrapeTimeout", MONITOR),
            Map.entry("monitoring.prometheus.serviceMonitor.labels", MONITOR));

    /** Another value, where it cannot be made from the first. */
    private static final Map<String, String> OTHERS = Map.ofEntries(
            Map.entry("kubeVersion", Chart.NEWEST),
            Map.entry("image.pullPolicy", "Always"),
            Map.entry("imagePullSecrets", "[{name: registry}]"),
            Map.entry("statefulset.updateStrategy.type", "OnDelete"),
            Map.entry("cluster.mode", "cluster"),
            Map.entry("cluster.bootstrapExpect", "2"),
            Map.entry("cluster.discovery.type", "dns"),
            Map.entry("config", "{limits: {bulk_items: 7}}"),
            Map.entry("extraEnv", "[{name: A, value: b}]"),
            Map.entry("service.type", "NodePort"),
            Map.entry("service.sessionAffinity", "ClientIP"),
            Map.entry("service.loadBalancerSourceRanges", "[10.0.0.0/8]"),
            Map.entry("ingress.hosts", "[{host: a.example.org, paths: [{path: /a, pathType: Exact, port: grpc}]}]"),
            Map.entry("ingress.tls", "[{secretName: a}]"),
            Map.entry("resources.requests.cpu", "500m"),
            Map.entry("resources.requests.memory", "3Gi"),
            Map.entry("resources.limits.cpu", "500m"),
            Map.entry("resources.limits.memory", "3Gi"),
            Map.entry("persistence.accessMode", "ReadWriteOncePod"),
            Map.entry("persistence.size", "20Gi"),
            Map.entry("persistence.whenDeleted", "Delete"),
            Map.entry("persistence.whenScaled", "Delete"),
            Map.entry("securityContext.capabilities.drop", "[NET_RAW]"),
            Map.entry("podDisruptionBudget.unhealthyPodEvictionPolicy", "IfHealthyBudget"),
            Map.entry("networkPolicy.clients", "[{namespaceSelector: {}}]"),
            Map.entry("networkPolicy.monitoringNamespaces", "[figures]"),
            Map.entry("topologySpread.topologyKeys", "[rack]"),
            Map.entry("topologySpread.whenUnsatisfiable", "DoNotSchedule"),
            Map.entry("tolerations", "[{operator: Exists}]"),
            Map.entry("affinity", "{nodeAffinity: {}}"),
            Map.entry("monitoring.prometheus.serviceMonitor.interval", "1m"),
            Map.entry("monitoring.prometheus.serviceMonitor.scrapeTimeout", "5s"));

    @Test
    void each_value_has_an_effect() throws Exception {
        var values = new TreeMap<String, JsonNode>();
        collect("", Chart.yaml(Chart.FOLDER.resolve("values.yaml")), values);
        assertThat(values).hasSizeGreaterThan(80).containsKeys("image.tag", "probes.startup.httpGet.path");
        assertThat(values.keySet()).containsAll(OTHERS.keySet());
        assertThat(NEEDS.keySet())
                .allSatisfy(need -> assertThat(values.keySet()).anyMatch(value -> value.startsWith(need)));
        var rendered = new HashMap<String, List<ObjectNode>>();
        var idle = new ArrayList<String>();
        for (var value : values.entrySet()) {
            var base = base(value.getKey());
            var change = nested(value.getKey(), other(value.getKey(), value.getValue()));
            var before = rendered.computeIfAbsent(base, each -> render(each, "{}"));
            if (before.equals(render(base, change))) {
                idle.add(value.getKey() + " as in " + change);
            }
        }
        assertThat(idle).as("values that change nothing").isEmpty();
    }

    @Test
    void a_value_that_changes_nothing_would_be_noticed() {
        assertThat(render("", "service: {loadBalancerIP: ''}")).isEqualTo(render("", "{}"));
        assertThat(render("", "ingress: {className: a}")).isEqualTo(render("", "{}"));
    }

    @Test
    void the_schema_knows_each_value_and_no_other() throws Exception {
        var schema = Chart.json(Chart.FOLDER.resolve("values.schema.json"));
        var differences = new ArrayList<String>();
        compare("", schema, Chart.yaml(Chart.FOLDER.resolve("values.yaml")), differences);
        // What may be there without a default.
        assertThat(differences).containsExactlyInAnyOrder("only in the schema: resources.claims");
    }

    private static void compare(String path, JsonNode schema, JsonNode values, List<String> differences) {
        if (schema.path("additionalProperties").asBoolean(true)) {
            return;
        }
        schema.path("properties").properties().forEach(each -> {
            if (!values.has(each.getKey())) {
                differences.add("only in the schema: " + path + each.getKey());
            }
        });
        values.properties().forEach(each -> {
            var known = schema.path("properties").path(each.getKey());
            if (known.isMissingNode()) {
                differences.add("only in the values: " + path + each.getKey());
            }
            compare(path + each.getKey() + ".", known, each.getValue(), differences);
        });
    }

    private static List<ObjectNode> render(String base, String change) {
        return Chart.render("engram", "kubeVersion: " + Chart.OLDEST, base.isEmpty() ? "{}" : base, change)
                .all();
    }

    private static String base(String path) {
        return NEEDS.entrySet().stream()
                .filter(each -> path.equals(each.getKey()) || path.startsWith(each.getKey() + "."))
                .map(Map.Entry::getValue)
                .findFirst()
                .orElse("");
    }

    private static JsonNode other(String path, JsonNode value) throws JsonProcessingException {
        if (OTHERS.containsKey(path)) {
            return YAML.readTree(OTHERS.get(path));
        }
        if (value.isBoolean()) {
            return JSON.getNodeFactory().booleanNode(!value.asBoolean());
        }
        if (value.isInt()) {
            return JSON.getNodeFactory().numberNode(value.asInt() + 1);
        }
        if (value.isTextual()) {
            return JSON.getNodeFactory().textNode(value.asText() + "x");
        }
        if (value.isObject()) {
            return JSON.createObjectNode().put("a", "b");
        }
        throw new AssertionError("say which other value there is for " + path);
    }

    private static void collect(String path, JsonNode node, Map<String, JsonNode> found) {
        if (!node.isObject() || node.isEmpty()) {
            found.put(path, node);
            return;
        }
        node.properties()
                .forEach(each ->
                        collect(path.isEmpty() ? each.getKey() : path + "." + each.getKey(), each.getValue(), found));
    }

    private static String nested(String path, JsonNode value) {
        var node = value;
        var names = path.split("\\.");
        for (int i = names.length - 1; i >= 0; i--) {
            node = JSON.createObjectNode().set(names[i], node);
        }
        return node.toString();
    }
}
