package io.engram.config;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.function.BiConsumer;
import java.util.function.Function;

/**
 * What does not go together where requests are traced. Where they are not, nothing is refused: the variables may have been set
 * for other programs.
 */
final class TracingRules {
    /** Of other programs as well: the whole address. */
    static final String ENDPOINT = "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT";
    /** Of other programs as well: the address without its end, which is what kind of things are sent. */
    static final String BASE_ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT";

    private static final String TRACES = "/v1/traces";

    private final Function<String, Object> values;
    private final BiConsumer<String, String> problem;

    /**
     * @param values the setting of a path
     * @param problem takes a path and what is wrong
     */
    TracingRules(Function<String, Object> values, BiConsumer<String, String> problem) {
        this.values = values;
        this.problem = problem;
    }

    /** The whole address of one without its end, or with it. */
    static String endpoint(String base) {
        return base.endsWith(TRACES) ? base : base.replaceFirst("/$", "") + TRACES;
    }

    void check() {
        if (!(boolean) values.apply("tracing.enabled")) {
            return;
        }
        var endpoint = (String) values.apply("tracing.endpoint");
        if (!isAddress(endpoint)) {
            problem.accept(
                    "tracing.endpoint",
                    "\"%s\" must be where a collector takes OTLP over HTTP, such as http://127.0.0.1:4318/v1/traces"
                            .formatted(endpoint));
        }
        int queue = (int) values.apply("tracing.queue_spans");
        if ((int) values.apply("tracing.batch_spans") > queue) {
            problem.accept("tracing.batch_spans", "must not be more than tracing.queue_spans, which is " + queue);
        }
    }

    private static boolean isAddress(String text) {
        try {
            var uri = new URI(text);
            return uri.getScheme() != null
                    && uri.getScheme().matches("https?")
                    && uri.getHost() != null
                    && uri.getUserInfo() == null
                    && uri.getPort() <= 65_535
                    && uri.getFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }
}
