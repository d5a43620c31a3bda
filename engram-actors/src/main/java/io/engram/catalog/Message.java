package io.engram.catalog;

import java.util.List;
import java.util.Optional;
import java.util.UUID;

/** What nodes say to each other about the catalog. All of it may be lost, delayed, repeated and overtaken. */
public sealed interface Message {
    /** What a voter answers, or a node that is to become one. */
    sealed interface ToAcceptor extends Message {}

    /** What answers a {@link Proposer}. Each names the attempt that it is an answer to. */
    sealed interface ToProposer extends Message {
        Generation generation();

        /** Of the attempt. */
        Ballot ballot();
    }

    /**
     * Asks a voter to take part in no attempt with a lower ballot, and what it accepted last.
     *
     * @param known a document that the sender has, so that it need not be sent
     */
    record Prepare(Generation generation, Ballot ballot, Optional<DocumentId> known) implements ToAcceptor {}

    /**
     * Asks a voter what it accepted last, and nothing more: it does not disturb those who change something.
     *
     * @param ballot names the question; nothing is ever proposed at it
     * @param known a document that the sender has, so that it need not be sent
     */
    record Query(Generation generation, Ballot ballot, Optional<DocumentId> known) implements ToAcceptor {}

    /** Asks a voter to accept a document. */
    record Accept(Generation generation, Ballot ballot, Carried document) implements ToAcceptor {}

    /**
     * Tells of a document that founds a generation and was chosen. Whoever is named a voter in it is one from then on; the
     * others keep it to show the way.
     */
    record Install(Document founding) implements ToAcceptor {}

    /** Asks for the newest generation that somebody knows. */
    record Locate() implements ToAcceptor {}

    /**
     * Asks a node whether it could be a voter now.
     *
     * @param nonce comes back with the answer
     */
    record AskReady(UUID cluster, long nonce) implements ToAcceptor {}

    /**
     * Asks a node to found a cluster together with the others that are named.
     *
     * @param founding the first document
     * @param named everybody who has to agree; sorted
     */
    record Found(Document founding, List<Incarnation> named) implements ToAcceptor {
        public Found {
            named = List.copyOf(named);
        }
    }

    /**
     * Answers Prepare: the promise is made.
     *
     * @param acceptedAt the ballot at which the voter accepted last
     * @param accepted what it accepted there
     */
    record Promise(Generation generation, Ballot ballot, Ballot acceptedAt, Carried accepted) implements ToProposer {}

    /** Answers Query, with the same as a promise, without being one. */
    record State(Generation generation, Ballot ballot, Ballot acceptedAt, Carried accepted) implements ToProposer {}

    /** Answers Accept: it is accepted. */
    record Accepted(Generation generation, Ballot ballot) implements ToProposer {}

    /**
     * Answers Prepare and Accept: there was a promise to somebody else.
     *
     * @param promised to whom
     */
    record Rejected(Generation generation, Ballot ballot, Ballot promised) implements ToProposer {}

    /** Answers whatever belongs to a generation that the receiver has not heard of. It says nothing about what is accepted. */
    record NotInstalled(Generation generation, Ballot ballot) implements ToProposer {}

    /** Answers Accept: the change does not fit what the voter has; it needs the whole document. */
    record NeedWhole(Generation generation, Ballot ballot) implements ToProposer {}

    /** Answers Install. */
    record Installed(Generation generation) implements Message {}

    /** Answers whatever belongs to an older generation, and Locate: this one was chosen to found a newer one. */
    record Forward(Document founding) implements Message {}

    /** Answers AskReady. */
    record Ready(long nonce) implements Message {}

    /** Answers Found: agreed, for ever. */
    record FoundingAccepted(DocumentId founding) implements Message {}

    /** Answers Found. */
    record FoundingRefused(DocumentId founding, FoundingRefusal refusal) implements Message {}
}
