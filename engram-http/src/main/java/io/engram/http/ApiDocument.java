package io.engram.http;

import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;

/** The OpenAPI document, written by hand in YAML and kept equal to the routing table by a test. */
final class ApiDocument {
    static final String PATH = "/io/engram/http/openapi.yaml";

    private final Map<String, CompletableFuture<byte[]>> forms = new ConcurrentHashMap<>();

    CompletionStage<byte[]> yaml() {
        return forms.computeIfAbsent("yaml", _ -> Resources.later(() -> Resources.required(PATH)));
    }

    CompletionStage<byte[]> json() {
        return forms.computeIfAbsent(
                "json",
                _ -> Resources.later(() -> {
                    try {
                        return Json.bytes(new YAMLMapper().readTree(Resources.required(PATH)));
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    }
                }));
    }
}
