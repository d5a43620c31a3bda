package io.engram.dist.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.dist.Checkout;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** The rules, by Prometheus' own tools and by what belongs to each alert. */
class RulesTest {
    @Test
    void prometheus_takes_the_rules_and_each_alert_fires_when_it_should_and_only_then() throws Exception {
        var promtool = Tools.require("promtool");
        var check = new ArrayList<>(List.of(promtool, "check", "rules"));
        Assets.files(Assets.PROMETHEUS.resolve("rules"), ".yml").forEach(file -> check.add(file.toString()));
        Tools.succeed(check);
        var test = new ArrayList<>(List.of(promtool, "test", "rules"));
        Assets.files(Assets.PROMETHEUS.resolve("tests"), ".yml").forEach(file -> test.add(file.toString()));
        Tools.succeed(test);
    }

    @Test
    void alertmanager_takes_the_example() throws Exception {
        Tools.succeed(List.of(
                Tools.require("amtool"),
                "check-config",
                Assets.PROMETHEUS.resolve("alertmanager.yml").toString()));
    }

    @Test
    void each_alert_has_a_test_in_which_it_fires() throws Exception {
        var tests = new StringBuilder();
        for (var file : Assets.files(Assets.PROMETHEUS.resolve("tests"), ".yml")) {
            tests.append(Files.readString(file));
        }
        assertThat(alerts())
                .hasSizeGreaterThan(25)
                .allSatisfy(alert ->
                        assertThat(tests).contains("exp_samples: [{ labels: '{alertname=\"" + alert.name() + "\""));
    }

    @Test
    void each_alert_is_explained_in_the_documents_under_its_own_name() throws Exception {
        var document = Checkout.text("docs/operations/monitoring.md");
        assertThat(alerts()).allSatisfy(alert -> {
            assertThat(alert.annotations().path("summary").asText()).isNotBlank();
            assertThat(alert.annotations().path("description").asText()).isNotBlank();
            assertThat(alert.annotations().path("runbook").asText())
                    .isEqualTo("docs/operations/monitoring.md#" + alert.name().toLowerCase(Locale.ROOT));
            assertThat(document).contains("\n### " + alert.name() + "\n");
        });
        var names = alerts().stream().map(Assets.Rule::name).collect(Collectors.toSet());
        assertThat(document.lines()
                        .filter(line -> line.startsWith("### Engram"))
                        .map(line -> line.substring(4)))
                .as("alerts that are explained")
                .containsExactlyInAnyOrderElementsOf(names);
    }

    @Test
    void what_rules_record_is_there_where_it_is_asked_for() throws Exception {
        var recorded = Assets.rules().stream()
                .filter(rule -> !rule.isAlert())
                .map(Assets.Rule::name)
                .toList();
        assertThat(recorded).doesNotHaveDuplicates().hasSizeGreaterThan(5);
        for (var rule : Assets.rules()) {
            assertThat(recorded).as(rule.name()).containsAll(Series.recorded(rule.expression()));
        }
    }

    private static List<Assets.Rule> alerts() throws Exception {
        return Assets.rules().stream().filter(Assets.Rule::isAlert).toList();
    }
}
