package io.engram.http;

import static io.engram.http.Route.Kind.OPERATION;

import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;

/** The interface's description, for programs and for people. */
final class DocumentRoutes {
    private final ApiDocument document = new ApiDocument();
    private final SwaggerUi swagger = new SwaggerUi();

    List<Route> routes() {
        return List.of(
                Route.of(
                        Method.GET,
                        "/api-docs/openapi.json",
                        OPERATION,
                        _ -> document.json().thenApply(bytes -> new Answer(200, "application/json", bytes, Map.of()))),
                Route.of(
                        Method.GET,
                        "/api-docs/openapi.yaml",
                        OPERATION,
                        _ -> document.yaml().thenApply(bytes -> new Answer(200, "application/yaml", bytes, Map.of()))),
                Route.of(Method.GET, "/docs", OPERATION, _ -> redirect()),
                Route.of(Method.GET, "/docs/", OPERATION, _ -> swagger.file("index.html")),
                Route.of(Method.GET, "/docs/{path}", OPERATION, call -> swagger.file(call.pathValue())));
    }

    private static CompletionStage<Answer> redirect() {
        return CompletableFuture.completedFuture(Answer.empty(307).with("Location", "/docs/"));
    }
}
