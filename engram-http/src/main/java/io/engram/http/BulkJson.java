package io.engram.http;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.engram.space.BulkResult;
import java.util.List;
import java.util.Optional;

/** Writes a bulk request's answer: one result for each item, in order. */
final class BulkJson {
    private BulkJson() {}

    /**
     * The answer: 200 when every item was fulfilled, else 207.
     *
     * @param refusals for each item, why it was not passed on
     * @param results what became of those that were, in order
     */
    static Answer answer(List<Optional<Refusal>> refusals, List<BulkResult> results) {
        var passedOn = refusals.stream().filter(Optional::isEmpty).count();
        if (results.size() != passedOn) {
            throw new IllegalStateException(results.size() + " results for " + passedOn + " items");
        }
        var root = Json.object();
        var items = root.putArray("items");
        var next = results.iterator();
        var failed = 0;
        var stored = 0;
        for (int i = 0; i < refusals.size(); i++) {
            var item = Json.object().put("index", i);
            var refusal = refusals.get(i).orElse(null);
            if (refusal != null) {
                failed(item, refusal);
                failed++;
            } else {
                switch (next.next()) {
                    case BulkResult.Stored(var receipt) -> {
                        item.put("status", receipt.duplicateOf().isPresent() ? 200 : 201);
                        item.setAll(MemoryJson.receipt(receipt));
                        if (receipt.duplicateOf().isEmpty()) {
                            stored++;
                        }
                    }
                    case BulkResult.Failed(var reason) -> {
                        failed(item, Refusal.of(reason));
                        failed++;
                    }
                }
            }
            items.add(item);
        }
        root.put("count", refusals.size());
        root.put("stored", stored);
        root.put("duplicates", refusals.size() - stored - failed);
        root.put("failed", failed);
        return Answer.json(failed == 0 ? 200 : 207, root);
    }

    private static void failed(ObjectNode item, Refusal refusal) {
        item.put("status", refusal.status());
        item.set("error", Envelope.error(refusal.status(), refusal.code(), refusal.message()));
    }
}
