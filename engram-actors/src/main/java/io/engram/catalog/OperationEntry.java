package io.engram.catalog;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Something that is done to the cluster and takes time: a migration, a rebalance, a drain.
 *
 * @param id its name, for ever
 * @param kind of operation
 * @param subject what it is done to: a space, a node
 * @param reason why, in words
 * @param state how far it is
 * @param cancellable whether it can still be cancelled
 * @param details by name
 * @param steps what happened, the oldest first; of a long history only the last {@link CatalogLimits#STEPS}
 */
public record OperationEntry(
        String id,
        String kind,
        String subject,
        String reason,
        OperationState state,
        boolean cancellable,
        Table<String, String> details,
        List<OperationStep> steps) {
    public OperationEntry {
        steps = List.copyOf(steps);
        CatalogLimits.name("an operation's id", id);
        CatalogLimits.name("an operation's kind", kind);
        CatalogLimits.text("a subject", subject);
        CatalogLimits.text("a reason", reason);
        CatalogLimits.atMost("details", details.size(), CatalogLimits.DETAILS);
        CatalogLimits.atMost("steps", steps.size(), CatalogLimits.STEPS);
        details.asMap().forEach((name, value) -> {
            CatalogLimits.name("a detail", name);
            CatalogLimits.text("a detail", value);
        });
    }

    /**
     * One step on.
     *
     * @param newDetails instead of the old ones, if present
     */
    OperationEntry advanced(OperationStep step, boolean stillCancellable, Optional<Table<String, String>> newDetails) {
        var all = new ArrayList<>(steps);
        all.add(step);
        var kept = all.subList(Math.max(0, all.size() - CatalogLimits.STEPS), all.size());
        return new OperationEntry(
                id, kind, subject, reason, step.state(), stillCancellable, newDetails.orElse(details), kept);
    }
}
