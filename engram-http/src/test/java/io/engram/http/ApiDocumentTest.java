package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.engram.space.EngramException;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The API's own description says what the routing table says, and nothing else. */
class ApiDocumentTest {
    private static Door door;
    private static JsonNode document;

    @BeforeAll
    static void open() throws Exception {
        door = Door.open(new FakeSpaces());
        document = new YAMLMapper().readTree(Resources.required(ApiDocument.PATH));
    }

    @AfterAll
    static void close() {
        door.close();
    }

    static List<Route> table() {
        var context = new HttpContext(
                new FakeSpaces(),
                List.of(),
                new PrometheusMeterRegistry(PrometheusConfig.DEFAULT),
                "0",
                FakeSpaces.NOW,
                Optional.empty(),
                Optional.empty(),
                Optional.empty(),
                Optional.of(new FakeLog()),
                () -> {},
                InstantSource.system());
        var window = new RequestWindow(System::nanoTime);
        var report = new HealthReport(HttpStart.of(context), new HealthMonitor(List.of(), System::nanoTime));
        return Routes.all(context, Door.SETTINGS, report, window, new Drain(1), () -> {});
    }

    private static JsonNode resolved(JsonNode node) {
        return node.has("$ref") ? document.at(node.path("$ref").asText().substring(1)) : node;
    }

    private static Set<String> parameters(JsonNode operation, String where) {
        var names = new TreeSet<String>();
        for (var each : operation.path("parameters")) {
            var parameter = resolved(each);
            assertThat(parameter.isObject()).as(each.toString()).isTrue();
            if (parameter.path("in").asText().equals(where)) {
                names.add(parameter.path("name").asText());
            }
        }
        return names;
    }

    @Test
    void paths_methods_and_parameters_are_those_of_the_routing_table() {
        var described = new TreeMap<String, String>();
        for (var path : document.path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                described.put(
                        operation.getKey() + " " + path.getKey(),
                        "query " + parameters(operation.getValue(), "query")
                                + " headers " + parameters(operation.getValue(), "header")
                                + " path " + parameters(operation.getValue(), "path")
                                + " body " + operation.getValue().has("requestBody"));
            }
        }
        var routed = new TreeMap<String, String>();
        for (var route : table()) {
            var inPath = new TreeSet<String>();
            route.segments().stream()
                    .filter(segment -> segment.startsWith("{"))
                    .forEach(segment -> inPath.add(segment.substring(1, segment.length() - 1)));
            routed.put(
                    route.method().wireName() + " " + route.template(),
                    "query " + new TreeSet<>(route.query())
                            + " headers " + new TreeSet<>(route.headers())
                            + " path " + inPath
                            + " body " + route.body());
        }
        assertThat(described).isEqualTo(routed);
    }

    @Test
    void every_reference_leads_to_something() {
        var broken = new ArrayList<String>();
        collectBroken(document, broken);
        assertThat(broken).isEmpty();
    }

    private static void collectBroken(JsonNode node, List<String> broken) {
        if (node.has("$ref")
                && document.at(node.path("$ref").asText().substring(1)).isMissingNode()) {
            broken.add(node.path("$ref").asText());
        }
        node.forEach(child -> collectBroken(child, broken));
    }

    @Test
    void operation_ids_are_unique_and_every_operation_has_a_response() {
        var ids = new HashSet<String>();
        for (var path : document.path("paths")) {
            for (var operation : path) {
                assertThat(ids.add(operation.path("operationId").asText()))
                        .as(operation.path("operationId").asText())
                        .isTrue();
                assertThat(operation.path("responses").size()).isPositive();
            }
        }
    }

    @Test
    void every_example_is_accepted_with_a_status_and_fields_that_are_described() {
        var count = 0;
        for (var path : document.path("paths").properties()) {
            for (var operation : path.getValue().properties()) {
                for (var example : operation.getValue().at("/requestBody/content/application~1json/examples")) {
                    count++;
                    var reply = door.post(path.getKey(), example.path("value").toString());
                    assertThat(reply.status())
                            .as(path.getKey() + ": " + reply.text())
                            .isBetween(200, 299);
                    isDescribed(operation.getValue(), reply);
                }
            }
        }
        assertThat(count).isGreaterThanOrEqualTo(6);
    }

    @Test
    void answers_hold_no_field_that_is_not_described() {
        door.post("/api/v1/memories", "{\"id\":\"doc\",\"content\":\"a described memory\",\"embedding\":[1,2]}");
        for (var path : List.of(
                "/api/v1/memories",
                "/api/v1/memories/search?q=described",
                "/api/v1/memories/recall?q=described&include_metadata=true",
                "/api/v1/spaces",
                "/health",
                "/health/spreading",
                "/api/v1/system/health",
                "/api/v1/system/introspect",
                "/api/v1/system/log-level",
                "/metrics")) {
            isDescribed(operation(path.replaceAll("\\?.*", ""), "get"), door.get(path));
        }
        isDescribed(operation("/api/v1/memories/{id}", "get"), door.get("/api/v1/memories/doc"));
        isDescribed(operation("/api/v1/memories/{id}/history", "get"), door.get("/api/v1/memories/doc/history"));
        isDescribed(operation("/api/v1/spaces/{id}", "get"), door.get("/api/v1/spaces/default"));
        isDescribed(operation("/api/v1/memories/{id}", "get"), door.get("/api/v1/memories/none"));
        isDescribed(operation("/api/v1/memories/{id}", "delete"), door.delete("/api/v1/memories/doc"));
    }

    @Test
    void what_a_node_says_of_its_cluster_is_described() {
        for (var known : List.of(true, false)) {
            var cluster = new FakeCluster();
            cluster.lagsFail = !known;
            var spaces = new FakeSpaces();
            try (var among = Door.open(spaces, Door.SETTINGS, Optional.of(cluster))) {
                among.post("/api/v1/spaces", "{\"id\":\"tenant-a\"}");
                if (!known) {
                    cluster.view = FakeCluster.ALONE;
                    spaces.failure = Optional.of(EngramException.unavailable("not now", Duration.ofSeconds(1)));
                }
                for (var path : List.of("/cluster/health", "/cluster/nodes", "/api/v1/system/health")) {
                    isDescribed(operation(path, "get"), among.get(path));
                }
                isDescribed(operation("/cluster/migrate", "post"), among.post("/cluster/migrate", "{}"));
            }
        }
        isDescribed(operation("/cluster/health", "get"), door.get("/cluster/health"));
    }

    private static JsonNode operation(String template, String method) {
        return document.path("paths").path(template).path(method);
    }

    private static void isDescribed(JsonNode operation, Door.Reply reply) {
        var response = resolved(operation.path("responses").path(Integer.toString(reply.status())));
        assertThat(response.isObject())
                .as("%s %d", operation.path("operationId"), reply.status())
                .isTrue();
        holdsOnlyDescribed(response.at("/content/application~1json/schema"), reply.json(), "");
    }

    private static void holdsOnlyDescribed(JsonNode given, JsonNode value, String at) {
        var schema = resolved(given);
        if (value.isNull()) {
            assertThat(schema.path("nullable").asBoolean())
                    .as(at + " may be null")
                    .isTrue();
        } else if (value.isArray()) {
            assertThat(schema.path("type").asText()).as(at).isEqualTo("array");
            for (var item : value) {
                holdsOnlyDescribed(schema.path("items"), item, at + "[]");
            }
        } else if (value.isObject()) {
            assertThat(schema.path("type").asText()).as(at).isEqualTo("object");
            if (schema.has("properties") && !schema.path("properties").has("index") && !at.startsWith("/spaces[]")) {
                for (var field : value.properties()) {
                    assertThat(schema.path("properties").has(field.getKey()))
                            .as(at + "/" + field.getKey() + " is described")
                            .isTrue();
                    holdsOnlyDescribed(
                            schema.path("properties").path(field.getKey()),
                            field.getValue(),
                            at + "/" + field.getKey());
                }
            }
        } else {
            var type = schema.path("type").asText();
            assertThat(type)
                    .as(at)
                    .isIn(
                            value.isTextual()
                                    ? List.of("string")
                                    : value.isBoolean()
                                            ? List.of("boolean")
                                            : value.isIntegralNumber()
                                                    ? List.of("integer", "number")
                                                    : List.of("number"));
        }
    }

    @Test
    void both_forms_are_served() throws Exception {
        var json = door.get("/api-docs/openapi.json");
        assertThat(json.status()).isEqualTo(200);
        assertThat(json.json()).isEqualTo(document);
        assertThat(json.json().at("/info/title").asText()).isEqualTo("Engram Memory System API");
        var yaml = door.get("/api-docs/openapi.yaml");
        assertThat(yaml.headers().firstValue("Content-Type").orElseThrow()).startsWith("application/yaml");
        assertThat(new YAMLMapper().readTree(yaml.body())).isEqualTo(document);
    }

    @Test
    void the_page_and_all_its_files_come_from_this_node() {
        var redirect = door.get("/docs");
        assertThat(redirect.status()).isEqualTo(307);
        assertThat(redirect.headers().firstValue("Location")).contains("/docs/");
        var page = door.get("/docs/");
        assertThat(page.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/html");
        assertThat(page.text()).doesNotContain("http://").doesNotContain("https://");
        var files = java.util.regex.Pattern.compile("(?:src|href)=\"(?:\\./)?([^\"]+)\"")
                .matcher(page.text());
        var count = 0;
        while (files.find()) {
            count++;
            assertThat(door.get("/docs/" + files.group(1)).status())
                    .as(files.group(1))
                    .isEqualTo(200);
        }
        assertThat(count).isGreaterThanOrEqualTo(5);
        assertThat(new String(door.get("/docs/swagger-initializer.js").body(), StandardCharsets.UTF_8))
                .contains("/api-docs/openapi.json");
    }
}
