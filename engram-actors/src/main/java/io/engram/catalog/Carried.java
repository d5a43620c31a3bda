package io.engram.catalog;

import java.util.Optional;

/** A document on its way, in as few bytes as the receiver is believed to need. */
public sealed interface Carried {
    /** All of it. */
    record Whole(Document document) implements Carried {}

    /** For a receiver that has the base. */
    record Change(DocumentDelta delta) implements Carried {}

    /** For a receiver that has it already. */
    record Same(DocumentId id) implements Carried {}

    /** Which document it is. */
    default DocumentId id() {
        return switch (this) {
            case Whole(var document) -> document.id();
            case Change(var delta) -> delta.id();
            case Same(var id) -> id;
        };
    }

    /** The document, if what was sent fits to the one that the receiver has. */
    default Optional<Document> resolve(Document mine) {
        return switch (this) {
            case Whole(var document) -> Optional.of(document);
            case Change(var delta) ->
                delta.base().equals(mine.id()) ? Optional.of(delta.applyTo(mine)) : Optional.empty();
            case Same(var id) -> id.equals(mine.id()) ? Optional.of(mine) : Optional.empty();
        };
    }

    /** For a receiver that is believed to have {@code base}. */
    static Carried to(Document base, Document document) {
        return base.id().equals(document.id())
                ? new Same(document.id())
                : new Change(DocumentDelta.between(base, document));
    }
}
