package io.engram.catalog;

/**
 * What happened to an operation.
 *
 * @param atMillis when, in milliseconds since 1970, by the clock of whoever says so
 * @param state the operation's state from then on
 * @param text what happened, for people
 */
public record OperationStep(long atMillis, OperationState state, String text) {
    public OperationStep {
        CatalogLimits.text("a step", text);
    }
}
