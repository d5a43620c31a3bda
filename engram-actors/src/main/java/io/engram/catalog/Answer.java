package io.engram.catalog;

import java.util.List;
import java.util.Optional;

/** How a request ended. */
public sealed interface Answer {
    /**
     * The edit is in the catalog, once, for ever.
     *
     * @param document a chosen one that holds it
     */
    record Applied(Document document) implements Answer {}

    /**
     * The edit was refused and never will be applied.
     *
     * @param document a chosen one that says so
     */
    record Refused(Refusal refusal, Document document) implements Answer {}

    /**
     * The edit is so old that the catalog cannot tell any more whether it was applied. It will not be from now on.
     *
     * @param document a chosen one that says so
     */
    record Forgotten(Document document) implements Answer {}

    /**
     * What a reader gets.
     *
     * @param document the newest that was chosen, or one chosen since the read began
     */
    record Read(Document document) implements Answer {}

    /**
     * There was no answer in time. An edit may have been applied, or may still be; with the same id it can be asked for again.
     */
    record Unknown() implements Answer {}

    /** Not even tried. */
    record NotTried(Why why, List<Incarnation> missing) implements Answer {
        public NotTried {
            missing = List.copyOf(missing);
        }

        static NotTried because(Why why) {
            return new NotTried(why, List.of());
        }
    }

    /** Why something was not tried. */
    enum Why {
        /** Too many requests wait. */
        BUSY,
        /** This node knows of no catalog yet. */
        NO_CATALOG,
        /** Some of the new voters do not answer; they are named. */
        NOT_READY,
        /** This node's disk failed, or it was stopped. */
        STOPPED
    }

    /** The document that came with it, if one did. */
    default Optional<Document> chosen() {
        return switch (this) {
            case Applied(var document) -> Optional.of(document);
            case Refused refused -> Optional.of(refused.document());
            case Forgotten(var document) -> Optional.of(document);
            case Read(var document) -> Optional.of(document);
            case Unknown() -> Optional.empty();
            case NotTried _ -> Optional.empty();
        };
    }
}
