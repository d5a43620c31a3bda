package io.engram.catalog;

import java.util.Optional;

/**
 * All that a node keeps of the catalog on its disk, as one record that is forced as a whole. A voter that forgot any of it
 * could contradict itself.
 *
 * @param vote the founding that it agreed to, until it belongs to a cluster
 * @param founding the founding document of the newest generation that it knows. Whoever asks for an older one is shown it,
 *     also by nodes that are no voters any more
 * @param promised the ballot below which it takes part in nothing, in that generation
 * @param acceptedAt the ballot at which it accepted last; {@link Ballot#ZERO} for the founding document
 * @param accepted what it accepted last; absent if it is no voter of that generation
 */
public record AcceptorRecord(
        Optional<FoundingVote> vote,
        Optional<Document> founding,
        Ballot promised,
        Ballot acceptedAt,
        Optional<Document> accepted) {
    /** Of a new data folder. */
    public static final AcceptorRecord EMPTY =
            new AcceptorRecord(Optional.empty(), Optional.empty(), Ballot.ZERO, Ballot.ZERO, Optional.empty());

    public AcceptorRecord {
        if (accepted.isPresent() && founding.isEmpty() || acceptedAt.isAbove(promised)) {
            throw new IllegalArgumentException("accepted at %s, promised %s".formatted(acceptedAt, promised));
        }
    }

    /** The newest generation that it knows. */
    public Optional<Generation> generation() {
        return founding.map(Generation::foundedBy);
    }

    /** What is kept once a generation is known: whoever votes in it starts from its founding document. */
    static AcceptorRecord installed(Document founding, Incarnation self) {
        return new AcceptorRecord(
                Optional.empty(),
                Optional.of(founding),
                Ballot.ZERO,
                Ballot.ZERO,
                founding.voters().contains(self) ? Optional.of(founding) : Optional.empty());
    }

    AcceptorRecord voted(FoundingVote newVote) {
        return new AcceptorRecord(Optional.of(newVote), founding, promised, acceptedAt, accepted);
    }

    AcceptorRecord promising(Ballot ballot) {
        return new AcceptorRecord(vote, founding, ballot, acceptedAt, accepted);
    }

    AcceptorRecord accepting(Ballot ballot, Document document) {
        return new AcceptorRecord(vote, founding, ballot, ballot, Optional.of(document));
    }
}
