package io.engram.space;

import io.engram.trace.TraceContext;
import java.util.Optional;

/**
 * What a client wants for its requests beyond what is ordinary. A node on its own meets all of it, since nobody else has copies.
 *
 * @param consistency what reads rest on
 * @param acknowledgement when writes are answered
 * @param trace the span of whoever asks; {@link TraceContext#NONE} if it is not recorded
 */
public record RequestTerms(Consistency consistency, Acknowledgement acknowledgement, TraceContext trace) {
    /** What reads rest on. But for the last they show every write that was acknowledged before they began. */
    public enum Consistency {
        /** On the lease of the node that leads the space, which assumes that clocks run at about the same rate. */
        PRIMARY,
        /** On a majority of the space's copies, which is asked after the read began; no clock matters. */
        STRICT,
        /**
         * On whichever copy is near, with what it knows to be committed: nothing that could be taken back, and maybe not the newest.
         */
        NEAREST
    }

    /** When writes are answered. */
    public enum Acknowledgement {
        /** As the node is configured: once a majority of the space's copies has forced them, if nothing else is. */
        CONFIGURED,
        /** Once every copy in the space's configuration has. */
        ALL
    }

    public static final RequestTerms ORDINARY = new RequestTerms(Consistency.PRIMARY, Acknowledgement.CONFIGURED);

    /** Of a request that is not traced. */
    public RequestTerms(Consistency consistency, Acknowledgement acknowledgement) {
        this(consistency, acknowledgement, TraceContext.NONE);
    }

    /** The same, asked for by somebody else's span. */
    public RequestTerms under(TraceContext above) {
        return above.equals(trace) ? this : new RequestTerms(consistency, acknowledgement, above);
    }

    boolean isStrict() {
        return consistency == Consistency.STRICT;
    }

    /** The same where only the node that leads the space may answer, as for every write. */
    public RequestTerms atThePrimary() {
        return isNearest() ? new RequestTerms(Consistency.PRIMARY, acknowledgement, trace) : this;
    }

    /** Whether any copy may answer reads. */
    public boolean isNearest() {
        return consistency == Consistency.NEAREST;
    }

    boolean isForAllCopies() {
        return acknowledgement == Acknowledgement.ALL;
    }

    /**
     * As clients write them: {@code primary}, {@code strict} or {@code nearest}; {@code quorum} or {@code all}.
     *
     * @throws EngramException INVALID for a word that is none; NOT_IMPLEMENTED for one that is not served yet
     */
    public static RequestTerms parse(Optional<String> consistency, Optional<String> acknowledgement) {
        return new RequestTerms(
                switch (consistency.orElse("primary")) {
                    case "primary" -> Consistency.PRIMARY;
                    case "strict" -> Consistency.STRICT;
                    case "nearest" -> Consistency.NEAREST;
                    default -> throw EngramException.invalid("consistency must be 'primary', 'strict' or 'nearest'");
                },
                switch (acknowledgement.orElse("quorum")) {
                    case "quorum" -> Acknowledgement.CONFIGURED;
                    case "all" -> Acknowledgement.ALL;
                    case "primary" ->
                        throw EngramException.notImplemented(
                                "a write is never answered before a majority of the space's copies has it;"
                                        + " acknowledgement 'primary' is not served, 'quorum' and 'all' are");
                    default -> throw EngramException.invalid("acknowledgement must be 'quorum' or 'all'");
                });
    }
}
