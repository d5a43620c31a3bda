package io.engram.http;

import com.fasterxml.jackson.databind.node.ObjectNode;

/** The shape that every error is answered in. */
final class Envelope {
    private Envelope() {}

    static Answer of(Refusal refusal) {
        return new Answer(
                refusal.status(),
                "application/json",
                Json.bytes(node(refusal.status(), refusal.code(), refusal.message())),
                refusal.headers());
    }

    static ObjectNode node(int status, String code, String message) {
        var root = Json.object();
        root.set("error", error(status, code, message));
        root.putObject("documentation")
                .put("api_guide", "/docs/api")
                .put("memory_concepts", "/docs/memory-systems")
                .put("examples", "/docs/examples");
        return root;
    }

    /** The inner part alone, as bulk answers carry it for one item. */
    static ObjectNode error(int status, String code, String message) {
        return Json.object()
                .put("code", code)
                .put("message", message)
                .put("educational_context", context(code))
                .put("cognitive_guidance", guidance(status));
    }

    private static String context(String code) {
        return switch (code) {
            case "BAD_REQUEST" ->
                "Suggestion: check the request's syntax; bodies are JSON objects in UTF-8\n"
                        + "Example: {\"content\": \"Ana moved to Lisbon in May\", \"confidence\": 0.9}";
            case "INVALID_MEMORY_INPUT" ->
                "Suggestion: correct the value that the message names\n"
                        + "Example: {\"content\": \"Ana moved to Lisbon in May\", \"confidence\": 0.9}";
            case "MEMORY_VALIDATION_ERROR" ->
                "Suggestion: give each required field, with a value of its type\n"
                        + "Example: {\"content\": \"Ana moved to Lisbon in May\", \"tags\": [\"ana\", \"lisbon\"]}";
            case "UNSUPPORTED_MEDIA_TYPE" ->
                "Suggestion: send the body as JSON and say so\nExample: Content-Type: application/json";
            case "FORBIDDEN" -> "This operation is kept for those who run the node.";
            case "MEMORY_NOT_FOUND" ->
                "A memory is found by its id within its own space, unless it was deleted or suppressed.";
            case "RESOURCE_NOT_FOUND" -> "GET /docs/ shows every route that there is.";
            case "METHOD_NOT_ALLOWED" -> "The Allow header names the methods that this path takes.";
            case "QUERY_TIMEOUT" -> "A smaller request, or a later one, may be answered in time.";
            case "MEMORY_CONFLICT" ->
                "An id stands for one text. Ask with \"overwrite\": true to store the next version of it; an "
                        + "idempotency key stands for one request.";
            case "PAYLOAD_TOO_LARGE" -> "Large amounts are best sent in several requests.";
            case "TOO_MANY_REQUESTS" -> "Nothing was changed. The Retry-After header says when to try again.";
            case "MEMORY_CLUSTER_UNAVAILABLE", "RECOVERING", "SHUTTING_DOWN" ->
                "Nothing was changed. The Retry-After header says when to try again.";
            case "OUTCOME_UNKNOWN" ->
                "The request may or may not have been carried out. The same request with the same id or "
                        + "Idempotency-Key is carried out at most once and tells.";
            case "INSUFFICIENT_STORAGE" ->
                "Nothing was changed. Reads go on; writes work again by themselves once there is room on the node's"
                        + " disk.";
            case "SPACE_QUARANTINED" ->
                "Nothing was changed. This space's log is damaged, and trying again does not help; other spaces are"
                        + " served. Whoever runs the node finds out more with engram validate data.";
            case "WRITES_STOPPED" ->
                "Nothing was changed. The node's disk failed a write, and the node stops; once it has been started"
                        + " again it writes again.";
            case "NOT_IMPLEMENTED" -> "This route is planned and does nothing yet.";
            case "FEATURE_NOT_ENABLED" -> "Cluster routes answer on nodes that run in cluster mode.";
            default -> "The node's log has more about this.";
        };
    }

    private static String guidance(int status) {
        return switch (status) {
            case 400, 413, 415, 422 -> "A memory can only be as good as what it is made from: correct the input.";
            case 404 -> "What is not found may lie in another memory space, or under another cue.";
            default -> "The request was understood, but cannot be fulfilled in this state.";
        };
    }
}
