package io.engram.catalog;

/** What a {@link CatalogNode} wants to be done. */
public sealed interface Effect {
    /** Send a message. It may be lost. A message to oneself is to be delivered like any other. */
    record Send(Envelope envelope) implements Effect {}

    /**
     * Force the record to disk and say so by {@link CatalogNode#forced}. Of several that wait only the last need be written.
     *
     * @param number counts upwards
     */
    record Force(long number, AcceptorRecord record) implements Effect {}

    /** Call {@link CatalogNode#woken} after a while. Nothing depends on how exact that is. */
    record Wake(Timer timer, long token, long delayMicros) implements Effect {}

    /**
     * Answer a request.
     *
     * @param request the number under which it was made
     */
    record Answered(long request, Answer answer) implements Effect {}

    /** A chosen document, newer than the last one that was told. For caches, and to tell others that there is something new. */
    record Learned(Document document) implements Effect {}

    /**
     * The voters that this node knows have not answered for several attempts. Perhaps there are newer ones of which nobody
     * that it knows has heard: call {@link CatalogNode#locate} for whomever the cluster's membership names.
     */
    record Lost() implements Effect {}

    /** The cluster that was to be founded cannot be, for now or for ever. */
    record FoundingStopped(Incarnation by, FoundingRefusal refusal) implements Effect {}

    /** What is to wake up. */
    enum Timer {
        PROPOSER,
        FOUNDER,
        READINESS
    }
}
