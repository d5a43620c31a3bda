package io.engram.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.Recollection;
import io.engram.memory.ScoreParts;
import io.engram.memory.SearchResult;
import io.engram.space.RecallAnswer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Writes what searches and recalls found, in words that follow from the figures. */
final class RecallJson {
    private RecallJson() {}

    static ObjectNode search(RecallAnswer<SearchResult> answer, int offset, int limit, boolean withEmbedding) {
        var root = Json.object();
        var memories = root.putArray("memories");
        for (var hit : answer.result().hits()) {
            var item = MemoryJson.memory(hit.memory(), withEmbedding);
            item.put("rank", hit.rank());
            item.put("score", hit.score());
            item.set("score_parts", MemoryJson.parts(hit.parts()));
            memories.add(item);
        }
        root.put("count", answer.result().hits().size());
        root.put("total", answer.result().total());
        root.putObject("pagination")
                .put("offset", offset)
                .put("limit", limit)
                .put("returned", answer.result().hits().size());
        root.put("lexical_only", answer.lexicalOnly().orElse(null));
        return root;
    }

    /**
     * A recall's answer.
     *
     * @param millis time that the recall took
     * @param load how busy this node is
     */
    static ObjectNode recall(
            RecallAnswer<RecallResult> answer,
            RecallQuery query,
            boolean withMetadata,
            boolean withTrace,
            double millis,
            String load) {
        var result = answer.result();
        var root = Json.object();
        var memories = root.putObject("memories");
        var vivid = memories.putArray("vivid");
        var associated = memories.putArray("associated");
        var reconstructed = memories.putArray("reconstructed");
        for (var each : result.recollections()) {
            var list = switch (each.kind()) {
                case VIVID -> vivid;
                case ASSOCIATED -> associated;
                case RECONSTRUCTED -> reconstructed;
            };
            list.add(item(each, withTrace));
        }
        root.set("recall_confidence", MemoryJson.confidence(result.confidence(), confidenceReason(result)));
        root.set("query_analysis", analysis(answer, query));
        if (withMetadata) {
            root.putObject("metadata")
                    .put("total_memories_searched", result.considered())
                    .put("memories_activated", result.activated())
                    .put("activation_spread_hops", result.hops())
                    .put("processing_time_ms", millis)
                    .put("memory_system_load", load);
        } else {
            root.putNull("metadata");
        }
        root.put("system_message", message(result));
        return root;
    }

    private static ObjectNode item(Recollection each, boolean withTrace) {
        var memory = each.memory();
        var item = Json.object();
        item.put("rank", each.rank());
        item.put("id", memory.id());
        item.put("version", memory.version());
        item.put("content", memory.content());
        item.set("confidence", MemoryJson.confidence(each.confidence(), confidenceReason(each)));
        item.put("activation_level", each.activation());
        item.put("similarity_score", each.similarity());
        item.set("score_parts", MemoryJson.parts(each.parts()));
        item.put("stored_confidence", memory.body().confidence());
        if (withTrace) {
            var path = item.putArray("retrieval_path");
            path(each.parts()).forEach(path::add);
        } else {
            item.putNull("retrieval_path");
        }
        MemoryJson.details(item, memory, false);
        item.put("relevance_explanation", explanation(each));
        return item;
    }

    private static String confidenceReason(Recollection each) {
        return String.format(
                Locale.ROOT,
                "stored with confidence %.2f, weighed by how well the cue was met",
                each.memory().body().confidence());
    }

    private static String confidenceReason(RecallResult result) {
        return result.recollections().isEmpty()
                ? "nothing came to mind"
                : String.format(
                        Locale.ROOT,
                        "%d of %d memories considered were activated; the strongest by %.2f",
                        result.activated(),
                        result.considered(),
                        result.recollections().getFirst().activation());
    }

    private static List<String> path(ScoreParts parts) {
        var path = new ArrayList<String>();
        if (parts.lexical() > 0f) {
            path.add(String.format(Locale.ROOT, "words %.2f (coverage %.2f)", parts.lexical(), parts.coverage()));
        }
        if (parts.similarity() > 0f) {
            path.add(String.format(Locale.ROOT, "meaning %.2f (cosine %.2f)", parts.similarity(), parts.cosine()));
        }
        if (parts.neighbour() > 0f) {
            path.add(String.format(Locale.ROOT, "neighbour in time %.2f", parts.neighbour()));
        }
        return path;
    }

    private static String explanation(Recollection each) {
        var path = path(each.parts());
        return path.isEmpty()
                ? String.format(Locale.ROOT, "activated by %.2f", each.activation())
                : String.format(
                        Locale.ROOT,
                        "activated by %.2f through %s, with strength %.2f",
                        each.activation(),
                        String.join(", ", path),
                        each.parts().strength());
    }

    private static ObjectNode analysis(RecallAnswer<RecallResult> answer, RecallQuery query) {
        var analysis = Json.object();
        analysis.put("understood_intent", intent(query));
        analysis.put("search_strategy", strategy(answer.lexicalOnly(), query));
        analysis.put("cognitive_load", query.maxResults() > 20 ? "Medium" : "Low");
        var suggestions = analysis.putArray("suggestions");
        if (answer.result().recollections().isEmpty()) {
            if (query.threshold().isPresent()) {
                suggestions.add("Lower the threshold, or leave it out.");
            }
            suggestions.add("Try other words, fewer filters, or another memory space.");
        }
        answer.lexicalOnly().ifPresent(reason -> suggestions.add("Meaning was left out: " + reason));
        return analysis;
    }

    private static String intent(RecallQuery query) {
        return query.cue()
                .text()
                .map(text -> "what '" + (text.length() > 80 ? text.substring(0, 80) + "…" : text) + "' brings to mind")
                .orElse("what lies close to the given vector");
    }

    private static String strategy(Optional<String> lexicalOnly, RecallQuery query) {
        var means = new ArrayList<String>();
        query.cue().text().ifPresent(_ -> {
            means.add("words");
            if (lexicalOnly.isEmpty()) {
                means.add("meaning");
            }
        });
        query.cue().vector().ifPresent(_ -> means.add("vector"));
        return query.mode().name().toLowerCase(Locale.ROOT) + " by " + String.join(", ", means) + "; fusion "
                + query.fusion().name().toLowerCase(Locale.ROOT);
    }

    private static String message(RecallResult result) {
        var count = result.recollections().size();
        return count == 0
                ? "Nothing came to mind."
                : count == 1 ? "One memory came to mind." : count + " memories came to mind.";
    }
}
