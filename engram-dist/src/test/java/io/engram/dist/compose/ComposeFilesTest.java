package io.engram.dist.compose;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.engram.dist.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;

/** What can be said of the Compose files without an engine. */
class ComposeFilesTest {
    private static final String ONE = "docker-compose.yml";
    private static final String THREE = "docker-compose-cluster.yml";
    private static final Path FOLDER = Checkout.ROOT.resolve("deployments/docker");
    private static final Pattern VARIABLE = Pattern.compile("\\$\\{([A-Z_]+):-([^}]*)}");

    @ParameterizedTest
    @ValueSource(strings = {ONE, THREE})
    void whatever_is_published_is_published_on_loopback_since_nobody_is_asked_who_he_is(String file) throws Exception {
        var published = new ArrayList<String>();
        services(file).values().forEach(service -> service.path("ports").forEach(port -> published.add(port.asText())));
        assertThat(published)
                .hasSizeGreaterThan(3)
                .doesNotHaveDuplicates()
                .allMatch(port -> port.matches("127\\.0\\.0\\.1:\\d+:\\d+"));
    }

    @ParameterizedTest
    @ValueSource(strings = {ONE, THREE})
    void nodes_are_hardened_bounded_and_get_the_time_that_they_need_to_stop(String file) throws Exception {
        var nodes = services(file).entrySet().stream()
                .filter(each -> each.getKey().startsWith("engram"))
                .toList();
        assertThat(nodes).hasSize(file.equals(ONE) ? 1 : 3);
        for (var node : nodes) {
            var service = node.getValue();
            assertThat(service.path("read_only").asBoolean()).isTrue();
            assertThat(texts(service.path("cap_drop"))).containsExactly("ALL");
            assertThat(service.has("cap_add")).isFalse();
            assertThat(service.has("privileged")).isFalse();
            assertThat(texts(service.path("security_opt"))).containsExactly("no-new-privileges:true");
            assertThat(texts(service.path("tmpfs"))).containsExactly("/tmp:noexec,nosuid,size=100M");
            assertThat(service.path("restart").asText()).isEqualTo("unless-stopped");
            assertThat(service.path("stop_grace_period").asText()).isEqualTo("30s");
            assertThat(service.path("mem_limit").asText()).isNotBlank();
            assertThat(service.path("pids_limit").asInt()).isPositive();
            assertThat(texts(service.path("volumes"))).hasSize(1).allMatch(volume -> volume.endsWith(":/data"));
            assertThat(service.at("/logging/options/max-file").asText()).isNotBlank();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ONE, THREE})
    void prometheus_and_grafana_come_with_the_profile_only_and_are_bounded(String file) throws Exception {
        for (var name : List.of("prometheus", "grafana")) {
            var service = requireNonNull(services(file).get(name));
            assertThat(texts(service.path("profiles"))).containsExactly("monitoring");
            assertThat(texts(service.path("cap_drop"))).containsExactly("ALL");
            assertThat(texts(service.path("security_opt"))).containsExactly("no-new-privileges:true");
            assertThat(service.path("mem_limit").asText()).isNotBlank();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ONE, THREE})
    void what_is_mounted_from_the_checkout_is_there_and_cannot_be_written(String file) throws Exception {
        var mounted = new ArrayList<String>();
        for (var service : services(file).values()) {
            texts(service.path("volumes")).stream()
                    .filter(volume -> volume.startsWith("."))
                    .forEach(mounted::add);
        }
        assertThat(mounted).hasSize(5).allSatisfy(volume -> {
            var parts = volume.split(":", -1);
            assertThat(FOLDER.resolve(parts[0])).exists();
            assertThat(parts[2]).isEqualTo("ro");
        });
        var prometheus = Checkout.text("deployments/prometheus/prometheus.yml");
        assertThat(mounted.stream().map(volume -> volume.split(":", -1)[1]))
                .contains("/etc/prometheus/prometheus.yml", "/etc/prometheus/targets.yml", "/etc/prometheus/rules");
        assertThat(prometheus).contains("/etc/prometheus/rules/*.yml", "/etc/prometheus/targets.yml");
    }

    @Test
    void prometheus_looks_for_the_nodes_that_there_are() throws Exception {
        assertThat(targets("targets.yml")).containsExactly("engram:7432");
        assertThat(targets("targets-cluster.yml")).containsExactly("engram-1:7432", "engram-2:7432", "engram-3:7432");
        assertThat(services(ONE)).containsKey("engram");
        assertThat(services(THREE)).containsKeys("engram-1", "engram-2", "engram-3");
    }

    @Test
    void the_container_has_the_name_that_everybody_knows() throws Exception {
        assertThat(requireNonNull(services(ONE).get("engram"))
                        .path("container_name")
                        .asText())
                .isEqualTo("engram-db");
        assertThat(requireNonNull(services(THREE).get("engram-2"))
                        .path("container_name")
                        .asText())
                .isEqualTo("engram-db-2");
    }

    @Test
    void each_variable_stands_in_the_example_with_the_value_that_holds_without_it() throws Exception {
        var used = new TreeMap<String, String>();
        for (var file : List.of(ONE, THREE)) {
            VARIABLE.matcher(Checkout.text("deployments/docker/" + file))
                    .results()
                    .forEach(result -> {
                        var before = used.put(result.group(1), result.group(2));
                        assertThat(before == null || before.equals(result.group(2)))
                                .as(result.group(1))
                                .isTrue();
                    });
        }
        assertThat(used.keySet())
                .contains("RUST_LOG", "RUST_BACKTRACE", "CACHE_SIZE_MB", "ENGRAM_DATA_PATH", "GRAFANA_PASSWORD");
        var example = new TreeMap<String, String>();
        Checkout.options("deployments/docker/.env.example").forEach(line -> {
            var at = line.indexOf('=');
            example.put(line.substring(0, at), line.substring(at + 1));
        });
        assertThat(example).isEqualTo(used);
    }

    @Test
    void each_variable_that_a_node_is_given_is_one_that_it_reads() throws Exception {
        var known = Pattern.compile("\\bENGRAM_[A-Z0-9_]+\\b")
                .matcher(Checkout.text("conf/default.toml"))
                .results()
                .map(result -> result.group())
                .toList();
        for (var file : List.of(ONE, THREE)) {
            services(file).forEach((name, service) -> {
                if (name.startsWith("engram")) {
                    var given = new ArrayList<String>();
                    service.path("environment").fieldNames().forEachRemaining(given::add);
                    given.removeAll(List.of("RUST_LOG", "RUST_BACKTRACE"));
                    assertThat(given).isNotEmpty().isSubsetOf(known);
                }
            });
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {ONE, THREE})
    void compose_takes_the_file(String file) throws Exception {
        assumeThat(isThere())
                .as("SKIPPED: docker-compose is not installed, so that it was not asked")
                .isTrue();
        for (var profile : List.of(List.<String>of(), List.of("--profile", "monitoring"))) {
            var command = new ArrayList<>(
                    List.of("docker-compose", "-f", FOLDER.resolve(file).toString()));
            command.addAll(profile);
            command.addAll(List.of("config", "-q"));
            var result = Checkout.run(60, command.toArray(String[]::new));
            assertThat(result.exitCode()).as(result.output()).isZero();
        }
    }

    private static boolean isThere() {
        try {
            return Checkout.run(60, "docker-compose", "version").exitCode() == 0;
        } catch (IOException e) {
            return false;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private static List<String> targets(String file) throws IOException {
        var yaml = new ObjectMapper(new YAMLFactory())
                .readTree(Checkout.ROOT
                        .resolve("deployments/prometheus")
                        .resolve(file)
                        .toFile());
        return texts(yaml.at("/0/targets"));
    }

    /** With what is merged into them, which Jackson's reader would leave apart. */
    private static Map<String, JsonNode> services(String file) throws IOException {
        Map<String, Object> read =
                new Yaml(new SafeConstructor(new LoaderOptions())).load(Files.readString(FOLDER.resolve(file)));
        var services = new LinkedHashMap<String, JsonNode>();
        new ObjectMapper()
                .<JsonNode>valueToTree(read)
                .path("services")
                .properties()
                .forEach(each -> services.put(each.getKey(), each.getValue()));
        return services;
    }

    private static List<String> texts(JsonNode list) {
        var texts = new ArrayList<String>();
        list.forEach(each -> texts.add(each.asText()));
        return texts;
    }
}
