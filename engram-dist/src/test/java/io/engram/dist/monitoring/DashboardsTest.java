package io.engram.dist.monitoring;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.engram.dist.Checkout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The dashboards as far as they can be looked at without Grafana. */
class DashboardsTest {
    private static final String SOURCE = "engram-prometheus";

    @Test
    void all_of_them_are_there_and_each_has_an_id_and_a_title_of_its_own() throws Exception {
        var dashboards = Assets.dashboards();
        assertThat(dashboards.keySet())
                .containsExactlyInAnyOrder(
                        "overview.json", "spaces.json", "log.json", "retrieval.json", "cluster.json", "jvm.json");
        dashboards.forEach((file, dashboard) ->
                assertThat(dashboard.path("uid").asText()).isEqualTo("engram-" + file.replace(".json", "")));
        assertThat(dashboards.values().stream()
                        .map(each -> each.path("title").asText())
                        .toList())
                .doesNotHaveDuplicates()
                .allMatch(title -> title.startsWith("Engram / "));
    }

    @Test
    void panels_have_ids_and_places_of_their_own() throws Exception {
        for (var dashboard : Assets.dashboards().values()) {
            var ids = new ArrayList<Integer>();
            var places = new ArrayList<String>();
            for (var panel : dashboard.path("panels")) {
                ids.add(panel.path("id").asInt());
                var at = panel.path("gridPos");
                for (var x = at.path("x").asInt();
                        x < at.path("x").asInt() + at.path("w").asInt();
                        x++) {
                    for (var y = at.path("y").asInt();
                            y < at.path("y").asInt() + at.path("h").asInt();
                            y++) {
                        places.add(x + "/" + y);
                    }
                    assertThat(x).isLessThan(24);
                }
                assertThat(panel.path("title").asText()).isNotBlank();
            }
            assertThat(ids).hasSizeGreaterThan(5).doesNotHaveDuplicates();
            assertThat(places).as(dashboard.path("title").asText()).doesNotHaveDuplicates();
        }
    }

    @Test
    void each_panel_asks_the_source_that_is_provisioned() throws Exception {
        var source = Assets.yaml(Assets.GRAFANA.resolve("provisioning/datasources/prometheus.yml"))
                .path("datasources");
        assertThat(source).hasSize(1);
        assertThat(source.path(0).path("uid").asText()).isEqualTo(SOURCE);
        for (var dashboard : Assets.dashboards().values()) {
            var sources = dashboard.findValues("datasource");
            assertThat(sources).hasSizeGreaterThan(5).allSatisfy(each -> {
                assertThat(each.path("uid").asText()).isEqualTo(SOURCE);
                assertThat(each.path("type").asText()).isEqualTo("prometheus");
            });
            for (var panel : dashboard.path("panels")) {
                var isRow = panel.path("type").asText().equals("row");
                assertThat(panel.path("targets").size() > 0)
                        .as(panel.path("title").asText())
                        .isNotEqualTo(isRow);
                assertThat(letters(panel)).doesNotHaveDuplicates();
            }
        }
    }

    private static List<String> letters(JsonNode panel) {
        return panel.findValuesAsText("refId");
    }

    @Test
    void grafana_finds_them_where_compose_puts_them() throws Exception {
        var folder = Assets.yaml(Assets.GRAFANA.resolve("provisioning/dashboards/engram.yml"))
                .at("/providers/0/options/path")
                .asText();
        for (var file : List.of("docker-compose.yml", "docker-compose-cluster.yml")) {
            assertThat(Checkout.text("deployments/docker/" + file))
                    .contains("- ../grafana/dashboards:" + folder + ":ro")
                    .contains("- ../grafana/provisioning:/etc/grafana/provisioning:ro")
                    .containsPattern(
                            "GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH: " + folder + "/(overview|cluster).json");
        }
    }

    @Test
    void prometheus_understands_every_question(@TempDir Path folder) throws Exception {
        var promtool = Tools.require("promtool");
        var rules = new StringBuilder("groups:\n  - name: questions\n    rules:\n");
        var number = 0;
        for (var dashboard : Assets.dashboards().values()) {
            for (var question : Assets.questions(dashboard)) {
                rules.append("      - record: question:number_")
                        .append(number++)
                        .append('\n');
                rules.append("        expr: '")
                        .append(question.replace("'", "''"))
                        .append("'\n");
            }
        }
        assertThat(number).isGreaterThan(80);
        Tools.succeed(List.of(
                promtool,
                "check",
                "rules",
                Files.writeString(folder.resolve("questions.yml"), rules).toString()));
    }
}
