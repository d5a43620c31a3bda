package io.engram.http;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What a handler answers with.
 *
 * @param status HTTP status
 * @param contentType of the body; meaningless where that is empty
 * @param body the bytes
 * @param headers further headers
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared; made once and sent.
record Answer(int status, String contentType, byte[] body, Map<String, String> headers) {
    Answer {
        headers = Map.copyOf(headers);
    }

    static Answer json(int status, JsonNode node) {
        return new Answer(status, "application/json", Json.bytes(node), Map.of());
    }

    static Answer ok(JsonNode node) {
        return json(200, node);
    }

    static Answer empty(int status) {
        return new Answer(status, "application/octet-stream", new byte[0], Map.of());
    }

    Answer with(String header, String value) {
        var all = new LinkedHashMap<>(headers);
        all.put(header, value);
        return new Answer(status, contentType, body, all);
    }
}
