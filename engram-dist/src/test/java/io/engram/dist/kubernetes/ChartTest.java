package io.engram.dist.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.marcnuri.helm.Helm;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import io.engram.config.EngramConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the chart makes of its values. */
class ChartTest {
    /** What people set together, and what is at the edges. */
    static List<String> matrix() {
        return List.of(
                "",
                "statefulset: {replicaCount: 0}",
                "statefulset: {replicaCount: 3}",
                "statefulset: {replicaCount: 5, updateStrategy: {type: OnDelete}}",
                "statefulset: {replicaCount: 3}\ncluster: {discovery: {type: dns}}\nkubeVersion: " + Chart.NEWEST,
                "cluster: {mode: cluster}",
                """
                statefulset:
                  replicaCount: 1
                resources:
                  requests: {cpu: 2000m, memory: 4Gi}
                  limits: {cpu: 4000m, memory: 8Gi}
                persistence:
                  size: 50Gi
                  storageClass: fast-ssd
                service:
                  type: LoadBalancer
                monitoring:
                  prometheus:
                    enabled: true
                    serviceMonitor:
                      enabled: true
                """,
                """
                image: {tag: "0.1.1"}
                resources: {limits: {memory: 16Gi}}
                """,
                "persistence: {enabled: false}\nserviceAccount: {create: false}\nrbac: {create: false}",
                "persistence: {existingClaim: older}\n"
                        + "drain: {endpointsSeconds: 0}\n"
                        + "podDisruptionBudget: {enabled: false}",
                "persistence: {storageClass: '-'}\n"
                        + "networkPolicy: {enabled: false}\n"
                        + "monitoring: {prometheus: {enabled: true}}",
                """
                statefulset: {replicaCount: 3}
                networkPolicy: {clients: [{namespaceSelector: {matchLabels: {team: a}}}]}
                ingress:
                  enabled: true
                  className: nginx
                  hosts: [{host: engram.example.org, paths: [{path: /, pathType: Prefix, port: http}]}]
                  tls: [{secretName: engram-tls, hosts: [engram.example.org]}]
                topologySpread: {whenUnsatisfiable: DoNotSchedule, topologyKeys: [rack]}
                nodeSelector: {disk: ssd}
                tolerations: [{key: dedicated, operator: Exists}]
                affinity: {nodeAffinity: {}}
                priorityClassName: high
                imagePullSecrets: [{name: registry}]
                extraEnv: [{name: JDK_JAVA_OPTIONS, value: -Xmx1g}]
                """,
                "fullnameOverride: memory\nservice: {type: NodePort, httpPort: 80, sessionAffinity: ClientIP}");
    }

    @Test
    void helm_finds_nothing_wrong_with_it() {
        var result = new Helm(Chart.FOLDER).lint().strict().call();
        assertThat(result.isFailed()).as(result.getMessages().toString()).isFalse();
        assertThat(result.getMessages()).noneMatch(line -> line.contains("[WARNING]") || line.contains("[ERROR]"));
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void each_object_is_one_that_kubernetes_takes(String values) {
        var rendered = Chart.render(values);
        assertThat(rendered.all()).isNotEmpty();
        assertThat(rendered.all())
                .allSatisfy(object -> assertThat(Shapes.problem(object)).isEmpty());
        assertThat(rendered.all().stream()
                        .map(each -> each.path("kind").asText() + "/"
                                + each.at("/metadata/name").asText()))
                .doesNotHaveDuplicates();
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void what_refers_to_something_finds_it(String values) {
        var rendered = Chart.render(values);
        var set = rendered.one("StatefulSet");
        var labels = rendered.pod().at("/metadata/labels");
        for (var service : List.of(
                set.path("metadata").path("name").asText(),
                set.at("/spec/serviceName").asText())) {
            assertSelects(rendered.named("Service", service).at("/spec/selector"), labels);
        }
        assertSelects(set.at("/spec/selector/matchLabels"), labels);
        assertSelectsNot(
                set.at("/spec/selector/matchLabels"),
                rendered.hooks().getFirst().at("/metadata/labels"));
        if (rendered.has("PodDisruptionBudget")) {
            assertSelects(rendered.one("PodDisruptionBudget").at("/spec/selector/matchLabels"), labels);
        }
        if (rendered.has("NetworkPolicy")) {
            assertSelects(rendered.one("NetworkPolicy").at("/spec/podSelector/matchLabels"), labels);
        }
        var account = rendered.pod().at("/spec/serviceAccountName").asText();
        if (rendered.has("RoleBinding")) {
            var binding = rendered.one("RoleBinding");
            assertThat(binding.at("/subjects/0/name").asText()).isEqualTo(account);
            rendered.named("Role", binding.at("/roleRef/name").asText());
        }
        if (rendered.has("ServiceAccount")) {
            rendered.named("ServiceAccount", account);
        }
        rendered.named(
                "ConfigMap",
                named(rendered.pod().at("/spec/volumes"), "config")
                        .at("/configMap/name")
                        .asText());
        var volumes = new ArrayList<String>();
        rendered.pod()
                .at("/spec/volumes")
                .forEach(volume -> volumes.add(volume.path("name").asText()));
        set.at("/spec/volumeClaimTemplates")
                .forEach(claim -> volumes.add(claim.at("/metadata/name").asText()));
        rendered.container()
                .path("volumeMounts")
                .forEach(
                        mount -> assertThat(volumes).contains(mount.path("name").asText()));
        assertThat(volumes).doesNotHaveDuplicates().hasSize(3);
        if (rendered.has("ServiceMonitor")) {
            var monitor = rendered.one("ServiceMonitor").at("/spec/selector/matchLabels");
            assertThat(rendered.objects().stream()
                            .filter(each -> each.path("kind").asText().equals("Service"))
                            .filter(each -> selects(monitor, each.at("/metadata/labels"))))
                    .as("each pod is asked for its figures once")
                    .hasSize(1);
        }
        if (rendered.has("Ingress")) {
            var backend = rendered.one("Ingress").at("/spec/rules/0/http/paths/0/backend/service");
            var ports = rendered.named("Service", backend.path("name").asText()).at("/spec/ports");
            assertThat(ports.findValuesAsText("name"))
                    .contains(backend.at("/port/name").asText());
        }
    }

    @ParameterizedTest
    @MethodSource("matrix")
    void the_node_accepts_its_configuration(String values, @TempDir Path folder) throws Exception {
        var config = config(Chart.render(values), folder);
        assertThat(config.server().httpBind()).isEqualTo("0.0.0.0");
        assertThat(config.server().httpPort()).isEqualTo(7432);
        assertThat(config.server().grpcPort()).isEqualTo(50051);
        assertThat(config.persistence().dataRoot()).isEqualTo(Path.of("/data"));
    }

    @Test
    void a_setting_of_each_kind_reaches_the_node(@TempDir Path folder) throws Exception {
        var config = config(Chart.render("""
            config:
              limits:
                content_bytes: 20000000
              memory_spaces:
                bootstrap_spaces: [default, other_one]
              persistence:
                history: 48h
              cluster:
                rack: a "b" \\ <c> é
                replication:
                  rack_penalty: 0.25
                  zone_penalty: 1
            """), folder);
        assertThat(config.limits().contentBytes()).isEqualTo(20_000_000);
        assertThat(config.memorySpaces().bootstrapSpaces()).hasToString("[default, other_one]");
        assertThat(config.persistence().history()).hasHours(48);
        assertThat(config.cluster().rack()).isEqualTo(Optional.of("a \"b\" \\ <c> é"));
        assertThat(config.cluster().replication().rackPenalty()).isEqualTo(0.25);
        assertThat(config.cluster().replication().zonePenalty()).isEqualTo(1);
    }

    @Test
    void three_replicas_are_enough_for_a_cluster(@TempDir Path folder) throws Exception {
        var rendered = Chart.render("statefulset: {replicaCount: 3}");
        var cluster = config(rendered, folder).cluster();
        assertThat(cluster.enabled()).isTrue();
        assertThat(cluster.bootstrapExpect()).isEqualTo(3);
        assertThat(cluster.discovery().type()).isEqualTo(EngramConfig.DiscoveryType.KUBERNETES);
        var selector = cluster.discovery().kubernetesSelector().orElseThrow();
        for (var part : selector.split(",")) {
            var label = part.split("=");
            assertThat(rendered.pod().at("/metadata/labels").path(label[0]).asText())
                    .isEqualTo(label[1]);
        }
        assertThat(rendered.one("Role").at("/rules/0").toString())
                .isEqualTo("{\"apiGroups\":[\"\"],\"resources\":[\"pods\"],\"verbs\":[\"list\"]}");
        assertThat(rendered.pod().at("/spec/automountServiceAccountToken").asBoolean())
                .isTrue();
        assertThat(environment(rendered)).contains("ENGRAM_NODE_ID", "ENGRAM_POD_IP", "ENGRAM_CLUSTER_ZONE");
        assertThat(port(rendered.container().path("ports"), "gossip", "containerPort"))
                .isEqualTo(7946)
                .isEqualTo(cluster.discovery().port());
        assertThat(rendered.one("StatefulSet").at("/spec/podManagementPolicy").asText())
                .as("nodes that found a cluster become ready only together")
                .isEqualTo("Parallel");
        assertThat(rendered.pod().at("/spec/topologySpreadConstraints")).hasSize(2);
    }

    @Test
    void two_groups_of_nodes_cannot_both_found_a_cluster() {
        var five = "statefulset: {replicaCount: 5}\ncluster: {bootstrapExpect: %d}";
        for (int wrong : List.of(1, 2, 6)) {
            assertThatThrownBy(() -> Chart.render(five.formatted(wrong))).hasMessageContaining("more than half");
        }
        assertThat(Chart.render(five.formatted(3)).configFile()).contains("bootstrap_expect = 3");
        assertThat(Chart.render("cluster: {mode: cluster}").configFile()).contains("bootstrap_expect = 1");
    }

    @Test
    void with_dns_nodes_need_neither_a_role_nor_a_token(@TempDir Path folder) throws Exception {
        var rendered = Chart.render("statefulset: {replicaCount: 3}\ncluster: {discovery: {type: dns}}");
        var discovery = config(rendered, folder).cluster().discovery();
        assertThat(discovery.type()).isEqualTo(EngramConfig.DiscoveryType.DNS);
        assertThat(discovery.service()).isEqualTo(Optional.of("engram-headless.engram.svc"));
        var headless = rendered.named("Service", "engram-headless");
        assertThat(headless.at("/spec/publishNotReadyAddresses").asBoolean()).isTrue();
        assertThat(rendered.has("Role") || rendered.has("RoleBinding")).isFalse();
        assertThat(rendered.pod().at("/spec/automountServiceAccountToken").asBoolean(true))
                .isFalse();
    }

    @Test
    void without_values_it_is_one_node_with_a_volume() {
        var rendered = Chart.render("");
        var set = rendered.named("StatefulSet", "engram");
        assertThat(set.at("/spec/replicas").asInt()).isEqualTo(1);
        assertThat(set.at("/spec/updateStrategy/type").asText()).isEqualTo("RollingUpdate");
        assertThat(set.at("/spec/volumeClaimTemplates/0/metadata/name").asText())
                .isEqualTo("data");
        assertThat(rendered.has("Role")).isFalse();
        assertThat(rendered.pod().at("/spec/automountServiceAccountToken").asBoolean(true))
                .isFalse();
        assertThat(rendered.named("Service", "engram").at("/spec/type").asText())
                .as("there is no authentication yet")
                .isEqualTo("ClusterIP");
        for (var object : rendered.objects()) {
            assertThat(object.at("/metadata/labels/app.kubernetes.io~1name").asText())
                    .isEqualTo("engram");
            assertThat(object.at("/metadata/labels/app").asText()).isEqualTo("engram");
        }
        for (var labels : List.of(
                rendered.pod().at("/metadata/labels"), set.at("/spec/volumeClaimTemplates/0/metadata/labels"))) {
            assertThat(labels.path("app").asText()).isEqualTo("engram");
            assertThat(labels.path("app.kubernetes.io/name").asText()).isEqualTo("engram");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"statefulset: {replicaCount: 1}", "statefulset: {replicaCount: 3}"})
    void the_gossip_port_is_for_nodes_only(String values) {
        for (var more :
                List.of("", "\nservice: {type: LoadBalancer}", "\nnetworkPolicy: {clients: [{podSelector: {}}]}")) {
            var rendered = Chart.render(values + more);
            var rules = rendered.one("NetworkPolicy").at("/spec/ingress");
            for (var rule : rules) {
                if (!rule.path("ports").findValuesAsText("port").contains("gossip")) {
                    continue;
                }
                assertThat(rule.path("from")).hasSize(1);
                assertThat(rule.at("/from/0/podSelector/matchLabels"))
                        .isEqualTo(rendered.one("StatefulSet").at("/spec/selector/matchLabels"));
            }
            assertThat(rendered.named("Service", "engram").at("/spec/ports").findValuesAsText("name"))
                    .containsExactly("http", "grpc");
        }
    }

    @Test
    void a_change_of_settings_restarts_the_pods_and_a_change_of_their_number_does_not() {
        var three = Chart.render("statefulset: {replicaCount: 3}");
        var five = Chart.render("statefulset: {replicaCount: 5}");
        var other = Chart.render("statefulset: {replicaCount: 3}\nconfig: {limits: {bulk_items: 7}}");
        assertThat(five.pod()).isEqualTo(three.pod());
        assertThat(five.configFile()).contains("bootstrap_expect = 5");
        assertThat(other.pod()).isNotEqualTo(three.pod());
    }

    @Test
    void a_pod_is_hardened_and_so_is_that_of_the_test() {
        var rendered = Chart.render("");
        var pods =
                List.of(rendered.pod().path("spec"), rendered.hooks().getFirst().path("spec"));
        for (var pod : pods) {
            assertThat(pod.at("/securityContext/runAsUser").asInt()).isEqualTo(65534);
            assertThat(pod.at("/securityContext/runAsNonRoot").asBoolean()).isTrue();
            assertThat(pod.at("/securityContext/seccompProfile/type").asText()).isEqualTo("RuntimeDefault");
            for (var container : pod.path("containers")) {
                var security = container.path("securityContext");
                assertThat(security.path("readOnlyRootFilesystem").asBoolean()).isTrue();
                assertThat(security.path("allowPrivilegeEscalation").asBoolean(true))
                        .isFalse();
                assertThat(security.at("/capabilities/drop/0").asText()).isEqualTo("ALL");
            }
        }
    }

    @Test
    void a_node_has_time_to_begin_and_to_end() {
        var container = Chart.render("").container();
        var startup = container.path("startupProbe");
        assertThat(startup.path("periodSeconds").asInt()
                        * startup.path("failureThreshold").asInt())
                .as("longer than the 10 minutes after which a node gives up by itself")
                .isGreaterThan(600);
        assertThat(container.at("/livenessProbe/httpGet/path").asText()).isEqualTo("/health/alive");
        assertThat(container.at("/readinessProbe/httpGet/path").asText()).isEqualTo("/health");
        assertThatThrownBy(() -> Chart.render("drain: {endpointsSeconds: 20}"))
                .as("20 s and the 30 s that a node takes are more than the 45 s after which it is killed")
                .hasMessageContaining("must hold drain.endpointsSeconds");
        assertThat(Chart.render("drain: {endpointsSeconds: 15}").objects()).isNotEmpty();
    }

    @Test
    void what_waits_before_the_stop_is_in_the_image() throws Exception {
        var old = Chart.render("").container().at("/lifecycle/preStop/exec/command");
        var command = StreamSupport.stream(old.spliterator(), false)
                .map(JsonNode::asText)
                .toList();
        var dockerfile = Files.readString(Chart.ROOT.resolve("deployments/docker/Dockerfile"));
        var probe = command.subList(0, command.indexOf("--wait"));
        assertThat(dockerfile).contains("\"" + String.join("\", \"", probe) + "\"");
        assertThat(Class.forName(probe.getLast()).getMethod("main", String[].class))
                .isNotNull();
        var recent = Chart.render("kubeVersion: " + Chart.NEWEST).container();
        assertThat(recent.at("/lifecycle/preStop").toString()).isEqualTo("{\"sleep\":{\"seconds\":5}}");
        assertThat(Chart.render("drain: {endpointsSeconds: 0}").container().has("lifecycle"))
                .isFalse();
    }

    @Test
    void notes_warn_where_everybody_may_come_in_or_data_may_go() {
        assertThat(Chart.notes("")).doesNotContain("WARNING");
        assertThat(Chart.notes("service: {type: LoadBalancer}")).contains("no authentication");
        assertThat(Chart.notes("ingress: {enabled: true}")).contains("no authentication");
        assertThat(Chart.notes("persistence: {enabled: false}")).contains("gone with the pod");
        assertThat(Chart.notes("statefulset: {replicaCount: 2}")).contains("fewer than 3");
        assertThat(Chart.notes("statefulset: {updateStrategy: {type: OnDelete}}"))
                .contains("restart-by-age");
        assertThat(Chart.ROOT.resolve("deployments/kubernetes/restart-by-age")).isExecutable();
    }

    @Test
    void a_long_name_is_cut_and_an_other_release_does_not_get_in_the_way() {
        var name = "a-name-that-is-really-much-too-long-for-all-of-it";
        var rendered = Chart.render(name, "");
        assertThat(rendered.all())
                .allSatisfy(each -> assertThat(each.at("/metadata/name").asText())
                        .hasSizeLessThanOrEqualTo(52)
                        .matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?"));
        assertThat(Chart.render("other", "")
                        .one("StatefulSet")
                        .at("/metadata/name")
                        .asText())
                .isEqualTo("other-engram");
        assertSelectsNot(
                Chart.render("other", "").one("StatefulSet").at("/spec/selector/matchLabels"),
                Chart.render("").pod().at("/metadata/labels"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "statefulset: {replicaCount: '3'}",
                "statefulset: {replicaCount: -1}",
                "statefulset: {replicas: 3}",
                "replicaCount: 3",
                "autoscaling: {enabled: true}",
                "statefulset: {updateStrategy: {type: Recreate}}",
                "statefulset: {updateStrategy: {type: OnDelete, rollingUpdate: {partition: 1}}}",
                "service: {type: ExternalName}",
                "service: {loadBalancerIP: 10.0.0.1}",
                "persistence: {size: big}",
                "persistence: {accessMode: ReadWriteMany}",
                "persistence: {existingClaim: a}\nstatefulset: {replicaCount: 3}",
                "cluster: {mode: single}\nstatefulset: {replicaCount: 3}",
                "cluster: {discovery: {type: consul}}",
                "config: {server: {http_port: 9000}}",
                "config: {cluster: {enabled: true}}",
                "config: {limits: {Content-Bytes: 5}}",
                "config: {limits: 5}",
                "env: {ENGRAM_HTTP_PORT: 9000}",
                "image: {tag: 'a b'}",
                "monitoring: {prometheus: {serviceMonitor: {enabled: true}}}",
                "networkPolicy: {clients: everybody}",
            })
    void what_is_not_meant_is_refused_before_it_gets_anywhere(String values) {
        assertThatThrownBy(() -> Chart.render(values))
                .isInstanceOf(IllegalStateException.class)
                .hasMessageContaining("values don't meet the specifications of the schema");
    }

    private static EngramConfig config(Chart.Rendered rendered, Path folder) throws Exception {
        var file = folder.resolve("engram.toml");
        Files.writeString(file, rendered.configFile());
        var loaded = ConfigLoader.load(
                ConfigRequest.ofThisProcess("start").withEnvironment(Map.of()).withFile(file));
        assertThat(loaded.warnings()).isEmpty();
        return loaded.config();
    }

    private static List<String> environment(Chart.Rendered rendered) {
        return StreamSupport.stream(rendered.container().path("env").spliterator(), false)
                .map(each -> each.path("name").asText())
                .toList();
    }

    private static int port(JsonNode ports, String name, String field) {
        return named(ports, name).path(field).asInt();
    }

    private static JsonNode named(JsonNode list, String name) {
        return StreamSupport.stream(list.spliterator(), false)
                .filter(each -> each.path("name").asText().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static boolean selects(JsonNode selector, JsonNode labels) {
        return selector.properties().stream().allMatch(each -> each.getValue().equals(labels.get(each.getKey())));
    }

    private static void assertSelects(JsonNode selector, JsonNode labels) {
        assertThat(selector).isNotEmpty();
        assertThat(selects(selector, labels))
                .as(selector + " selects " + labels)
                .isTrue();
    }

    private static void assertSelectsNot(JsonNode selector, JsonNode labels) {
        assertThat(selects(selector, labels))
                .as(selector + " selects " + labels)
                .isFalse();
    }
}
