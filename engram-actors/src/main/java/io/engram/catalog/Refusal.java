package io.engram.catalog;

/**
 * Why an edit was not applied.
 *
 * @param code what kind of reason
 * @param text the reason, for people
 */
public record Refusal(Code code, String text) {
    /** Kinds of reasons. */
    public enum Code {
        /** Something is not as the edit expected: somebody else was faster. */
        CONFLICT,
        /** It names something that is not there. */
        UNKNOWN,
        /** The document would become too large. */
        TOO_LARGE,
        /** It was refused before; the reason is not remembered. */
        BEFORE
    }
}
