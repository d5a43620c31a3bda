package io.engram.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TracingConfigTest {
    private static final String BASE = "OTEL_EXPORTER_OTLP_ENDPOINT";
    private static final String TRACES = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";

    private static ConfigRequest on(Map<String, String> environment) {
        var all = new HashMap<>(environment);
        all.put("ENGRAM_TRACING_ENABLED", "true");
        return ConfigLoaderTest.nothing().withEnvironment(all);
    }

    private static String endpoint(ConfigRequest request) {
        return ConfigLoader.load(request).config().tracing().endpoint();
    }

    private static List<String> problems(ConfigRequest request) {
        return catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(request)).problems().stream()
                .map(ConfigProblem::toString)
                .toList();
    }

    @Test
    void it_is_off() {
        assertThat(ConfigLoader.load(ConfigLoaderTest.nothing())
                        .config()
                        .tracing()
                        .enabled())
                .isFalse();
    }

    @Test
    void the_variables_of_other_programs_yield_to_ours_and_the_exact_one_goes_before_the_other() {
        assertThat(endpoint(on(Map.of()))).isEqualTo("http://127.0.0.1:4318/v1/traces");
        assertThat(endpoint(on(Map.of(BASE, "http://otel:4318/")))).isEqualTo("http://otel:4318/v1/traces");
        assertThat(endpoint(on(Map.of(BASE, "http://otel:4318/x")))).isEqualTo("http://otel:4318/x/v1/traces");
        assertThat(endpoint(on(Map.of(BASE, "http://otel:4318", TRACES, "http://traces:1/here"))))
                .isEqualTo("http://traces:1/here");
        var ours = ConfigLoader.load(on(
                Map.of(BASE, "http://a:1", TRACES, "http://b:2/t", "ENGRAM_TRACING_ENDPOINT", "https://ours:3/x?y=z")));
        assertThat(ours.config().tracing().endpoint()).isEqualTo("https://ours:3/x?y=z");
        assertThat(ours.notes()).hasSize(2).allMatch(note -> note.contains("is not looked at"));
        assertThat(ConfigLoader.load(on(Map.of("OTEL_SERVICE_NAME", "memories")))
                        .config()
                        .tracing()
                        .serviceName())
                .isEqualTo("memories");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "127.0.0.1:4318",
                "grpc://otel:4317",
                "http://",
                "http:///v1/traces",
                "http://otel:99999/v1/traces",
                "http://somebody:secret@otel:4318/v1/traces",
                "http://otel:4318/v1/traces#x",
                "http://o tel/"
            })
    void a_bad_endpoint_is_one_problem_in_one_line(String endpoint) {
        var variables = Map.of("ENGRAM_TRACING_ENDPOINT", endpoint);
        assertThat(problems(on(variables)))
                .singleElement()
                .asString()
                .contains("tracing.endpoint", endpoint, "http://127.0.0.1:4318/v1/traces")
                .doesNotContain("\n");
        assertThat(endpoint(ConfigLoaderTest.nothing().withEnvironment(variables)))
                .as("of no meaning where nothing is traced")
                .isEqualTo(endpoint);
    }

    @Test
    void numbers_have_bounds() {
        assertThat(problems(on(Map.of(
                        "ENGRAM_TRACING_SAMPLE_RATIO", "1.5",
                        "ENGRAM_TRACING_QUEUE_SPANS", "0",
                        "ENGRAM_TRACING_EXPORT_TIMEOUT", "2m"))))
                .hasSize(3);
        assertThat(problems(on(Map.of("ENGRAM_TRACING_QUEUE_SPANS", "10"))))
                .singleElement()
                .asString()
                .contains("tracing.batch_spans", "tracing.queue_spans, which is 10");
    }
}
