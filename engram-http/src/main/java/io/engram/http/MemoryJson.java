package io.engram.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.memory.Memory;
import io.engram.memory.ScoreParts;
import io.engram.space.RememberReceipt;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** Writes memories and receipts. */
final class MemoryJson {
    private MemoryJson() {}

    /** All that was remembered. What nobody gave is null. */
    static ObjectNode memory(Memory memory, boolean withEmbedding) {
        var body = memory.body();
        var node = Json.object();
        node.put("id", memory.id());
        node.put("version", memory.version());
        node.put("content", body.content());
        node.put("confidence", body.confidence());
        details(node, memory, withEmbedding);
        return node;
    }

    /** Everything but id, version, content and confidence, which answers show in their own ways. */
    static void details(ObjectNode node, Memory memory, boolean withEmbedding) {
        var body = memory.body();
        node.put("confidence_reasoning", body.confidenceReasoning().orElse(null));
        node.put("memory_type", body.type().wireName());
        node.put("timestamp", memory.observedAt().toString());
        node.put("observed_at", memory.observedAt().toString());
        node.put("stored_at", memory.storedAt().toString());
        var tags = node.putArray("tags");
        body.tags().forEach(tags::add);
        var metadata = node.putObject("metadata");
        body.metadata().entrySet().stream()
                .sorted(java.util.Map.Entry.comparingByKey())
                .forEach(entry -> metadata.put(entry.getKey(), entry.getValue()));
        var who = node.putArray("who");
        body.who().forEach(who::add);
        node.put("where_location", body.where().orElse(null));
        node.put("why", body.why().orElse(null));
        node.put("how", body.how().orElse(null));
        node.put("emotional_valence", body.emotionalValence().orElse(null));
        node.put("importance", body.importance().orElse(null));
        node.put("decay_rate", body.decayRate().orElse(null));
        var links = node.putArray("links");
        for (var link : memory.links()) {
            links.addObject()
                    .put("target_memory_id", link.targetId())
                    .put("similarity_score", link.similarity())
                    .put("link_reason", link.reason());
        }
        if (withEmbedding) {
            body.embedding().ifPresent(vector -> {
                var values = node.putArray("embedding");
                for (int i = 0; i < vector.dimension(); i++) {
                    values.add(vector.get(i));
                }
            });
        }
    }

    static ObjectNode parts(ScoreParts parts) {
        return Json.object()
                .put("lexical", parts.lexical())
                .put("coverage", parts.coverage())
                .put("similarity", parts.similarity())
                .put("cosine", parts.cosine())
                .put("neighbour", parts.neighbour())
                .put("strength", parts.strength());
    }

    static ObjectNode confidence(float value, String reasoning) {
        return Json.object()
                .put("value", value)
                .put("category", category(value))
                .put("reasoning", reasoning);
    }

    static String category(float value) {
        return value > 0.7f ? "High" : value > 0.4f ? "Medium" : "Low";
    }

    static ObjectNode receipt(RememberReceipt receipt) {
        var node = Json.object();
        node.put("id", receipt.id());
        node.put("memory_id", receipt.id());
        node.put("version", receipt.version());
        node.put("confidence", receipt.confidence());
        node.set("storage_confidence", confidence(receipt.confidence(), reasoning(receipt)));
        node.put("consolidation_state", "Recent");
        node.put("observed_at", receipt.observedAt().toString());
        node.put("stored_at", receipt.storedAt().toString());
        node.put("replayed", receipt.replayed());
        receipt.duplicateOf().ifPresent(other -> node.put("duplicate_of", other));
        var path = path(receipt.id());
        node.putObject("links")
                .put("self", path)
                .put("history", path + "/history")
                .put("consolidation", "/api/v1/consolidations");
        var links = node.putArray("auto_links");
        for (var link : receipt.links()) {
            links.addObject()
                    .put("target_memory_id", link.targetId())
                    .put("similarity_score", link.similarity())
                    .put("link_reason", link.reason());
        }
        node.put("system_message", message(receipt));
        return node;
    }

    private static String path(String id) {
        return "/api/v1/memories/"
                + URLEncoder.encode(id, StandardCharsets.UTF_8).replace("+", "%20");
    }

    private static String reasoning(RememberReceipt receipt) {
        return receipt.duplicateOf().isPresent()
                ? "the confidence of the memory that was already held"
                : String.format(
                        Locale.ROOT, "stored durably with the confidence of its teller, %.2f", receipt.confidence());
    }

    private static String message(RememberReceipt receipt) {
        if (receipt.duplicateOf().isPresent()) {
            return "Nothing was stored: the memory '" + receipt.duplicateOf().get() + "' says the same.";
        }
        if (receipt.replayed()) {
            return "This request was carried out before; this is its first answer.";
        }
        return receipt.version() == 1
                ? "The memory is stored durably."
                : "Version " + receipt.version() + " of the memory is stored durably; earlier ones are kept.";
    }
}
