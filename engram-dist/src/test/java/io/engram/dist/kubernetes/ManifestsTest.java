package io.engram.dist.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.toml.TomlMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The manifests for those without Helm are the chart's, in meaning: they may differ in order, comments and layout. */
class ManifestsTest {
    private static final Path FOLDER = Chart.ROOT.resolve("deployments/kubernetes");
    private static final ObjectMapper JSON = new ObjectMapper();

    /** What only Helm needs. */
    private static final List<String> HELM_LABELS = List.of("app.kubernetes.io/managed-by", "helm.sh/chart");

    @ParameterizedTest
    @CsvSource({"., 1", "cluster, 3"})
    void they_mean_what_the_chart_means(String folder, int replicas) throws Exception {
        var chart = byName(Chart.render("statefulset: {replicaCount: %d}".formatted(replicas))
                .objects());
        var plain = byName(objects(folder));
        assertThat(plain.keySet()).isEqualTo(chart.keySet());
        for (var name : plain.keySet()) {
            assertThat(pretty(plain.get(name))).as(name).isEqualTo(pretty(chart.get(name)));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {".", "cluster"})
    void each_object_is_one_that_kubernetes_takes(String folder) throws Exception {
        assertThat(objects(folder))
                .hasSizeGreaterThan(5)
                .allSatisfy(object -> assertThat(Shapes.problem(object)).isEmpty());
    }

    @Test
    void a_difference_in_meaning_is_noticed_and_one_in_layout_is_not() {
        var one = Chart.objects("kind: A\nmetadata: {name: a}\ndata: {engram.toml: \"[a]\\nb = 1\\nc = 2\\n\"}");
        var same = Chart.objects(
                "data:\n  engram.toml: |\n    [a]\n    c = 2 # why\n    b = 1\nmetadata: {name: a}\nkind: A");
        var other = Chart.objects("kind: A\nmetadata: {name: a}\ndata: {engram.toml: \"[a]\\nb = 1\\nc = 3\\n\"}");
        assertThat(pretty(byName(one).get("A/a"))).isEqualTo(pretty(byName(same).get("A/a")));
        assertThat(pretty(byName(one).get("A/a")))
                .isNotEqualTo(pretty(byName(other).get("A/a")));
    }

    private static List<ObjectNode> objects(String folder) throws IOException {
        var all = new ArrayList<ObjectNode>();
        try (var files = Files.list(FOLDER.resolve(folder))) {
            for (var file : files.filter(each -> each.toString().matches(".*\\.(ya?ml|json)"))
                    .toList()) {
                all.addAll(Chart.objects(Files.readString(file)));
            }
        }
        return all;
    }

    private static Map<String, JsonNode> byName(List<ObjectNode> objects) {
        var named = new TreeMap<String, JsonNode>();
        for (var object : objects) {
            var before = named.put(
                    object.path("kind").asText() + "/"
                            + object.at("/metadata/name").asText(),
                    meaning(object));
            assertThat(before).as("two objects of one name").isNull();
        }
        return named;
    }

    private static JsonNode meaning(ObjectNode object) {
        if (object.at("/metadata/labels") instanceof ObjectNode labels) {
            labels.remove(HELM_LABELS);
        }
        if (object.at("/spec/template/metadata/annotations") instanceof ObjectNode annotations) {
            annotations.remove("checksum/config");
            if (annotations.isEmpty() && object.at("/spec/template/metadata") instanceof ObjectNode metadata) {
                metadata.remove("annotations");
            }
        }
        if (object.path("data") instanceof ObjectNode data && data.has("engram.toml")) {
            try {
                data.set(
                        "engram.toml",
                        new TomlMapper().readTree(data.path("engram.toml").asText()));
            } catch (JsonProcessingException e) {
                throw new AssertionError(e);
            }
        }
        return object;
    }

    /** With names in order, so that a difference can be seen. */
    private static String pretty(@org.jspecify.annotations.Nullable JsonNode node) {
        try {
            var tree = JSON.treeToValue(node, Object.class);
            return JSON.writerWithDefaultPrettyPrinter()
                    .with(com.fasterxml.jackson.databind.SerializationFeature.ORDER_MAP_ENTRIES_BY_KEYS)
                    .writeValueAsString(tree);
        } catch (JsonProcessingException e) {
            throw new AssertionError(e);
        }
    }
}
