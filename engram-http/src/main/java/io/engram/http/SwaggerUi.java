package io.engram.http;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** Swagger UI out of its archive, pointed at this node's own document. Nothing is fetched from elsewhere. */
final class SwaggerUi {
    /** The files that are served, with their types; no other name reaches the class path. */
    private static final Map<String, String> FILES = Map.of(
            "index.html", "text/html; charset=utf-8",
            "index.css", "text/css; charset=utf-8",
            "swagger-ui.css", "text/css; charset=utf-8",
            "swagger-ui-bundle.js", "text/javascript; charset=utf-8",
            "swagger-ui-standalone-preset.js", "text/javascript; charset=utf-8",
            "favicon-16x16.png", "image/png",
            "favicon-32x32.png", "image/png");

    private static final String INITIALIZER = """
        window.onload = () => {
          window.ui = SwaggerUIBundle({
            url: "/api-docs/openapi.json",
            dom_id: "#swagger-ui",
            deepLinking: true,
            validatorUrl: null,
            presets: [SwaggerUIBundle.presets.apis, SwaggerUIStandalonePreset],
            plugins: [SwaggerUIBundle.plugins.DownloadUrl],
            layout: "StandaloneLayout"
          });
        };
        """;

    private final Map<String, CompletableFuture<Answer>> cache = new ConcurrentHashMap<>();

    /** A file by its name; fails with a {@link Refusal} of status 404 for any other. */
    CompletionStage<Answer> file(String name) {
        if (name.equals("swagger-initializer.js")) {
            return CompletableFuture.completedFuture(new Answer(
                    200, "text/javascript; charset=utf-8", INITIALIZER.getBytes(StandardCharsets.UTF_8), Map.of()));
        }
        var type = FILES.get(name);
        if (type == null) {
            return CompletableFuture.failedStage(Refusal.notFound("there is no such page in /docs/"));
        }
        return cache.computeIfAbsent(
                name, _ -> Resources.later(() -> new Answer(200, type, Resources.required(folder() + name), Map.of())));
    }

    private static String folder() {
        var pom = new String(
                Resources.required("/META-INF/maven/org.webjars/swagger-ui/pom.properties"), StandardCharsets.UTF_8);
        var version = pom.lines()
                .filter(line -> line.startsWith("version="))
                .map(line -> line.substring("version=".length()).strip())
                .findFirst()
                .orElseThrow();
        return "/META-INF/resources/webjars/swagger-ui/" + version + "/";
    }
}
