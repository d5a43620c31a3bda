package io.engram.dist.monitoring;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.engram.dist.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** The files for Prometheus and Grafana. */
final class Assets {
    static final Path PROMETHEUS = Checkout.ROOT.resolve("deployments/prometheus");
    static final Path GRAFANA = Checkout.ROOT.resolve("deployments/grafana");

    /** A rule; {@code name} is the alert's or the recorded series'. */
    record Rule(String name, boolean isAlert, String expression, JsonNode annotations) {}

    private Assets() {}

    static JsonNode yaml(Path file) throws IOException {
        return new ObjectMapper(new YAMLFactory()).readTree(file.toFile());
    }

    static List<Path> files(Path folder, String suffix) throws IOException {
        try (var all = Files.list(folder)) {
            return all.filter(file -> file.toString().endsWith(suffix)).sorted().toList();
        }
    }

    static List<Rule> rules() throws IOException {
        var rules = new ArrayList<Rule>();
        for (var file : files(PROMETHEUS.resolve("rules"), ".yml")) {
            for (var group : yaml(file).path("groups")) {
                for (var rule : group.path("rules")) {
                    var isAlert = rule.has("alert");
                    rules.add(new Rule(
                            rule.path(isAlert ? "alert" : "record").asText(),
                            isAlert,
                            rule.path("expr").asText(),
                            rule.path("annotations")));
                }
            }
        }
        return rules;
    }

    /** By file name. */
    static Map<String, JsonNode> dashboards() throws IOException {
        var dashboards = new LinkedHashMap<String, JsonNode>();
        for (var file : files(GRAFANA.resolve("dashboards"), ".json")) {
            dashboards.put(file.getFileName().toString(), new ObjectMapper().readTree(file.toFile()));
        }
        return dashboards;
    }

    /** What a dashboard asks Prometheus, with Grafana's variables filled in. */
    static Set<String> questions(JsonNode dashboard) {
        var questions = new LinkedHashSet<String>();
        for (var panel : dashboard.path("panels")) {
            for (var target : panel.path("targets")) {
                questions.add(target.path("expr")
                        .asText()
                        .replace("$__rate_interval", "1m")
                        .replace("$job", "engram")
                        .replace("$instance", ".*"));
            }
        }
        return questions;
    }

    /** Every expression of rules and dashboards, and the series that Engram must tell for them. */
    static Set<Series.Selector> asked() throws IOException {
        var asked = new LinkedHashSet<Series.Selector>();
        for (var rule : rules()) {
            asked.addAll(Series.asked(rule.expression()));
        }
        for (var dashboard : dashboards().values()) {
            questions(dashboard).forEach(question -> asked.addAll(Series.asked(question)));
        }
        return asked;
    }
}
