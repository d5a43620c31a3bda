package io.engram.catalog;

import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The decisions on which the catalog's safety rests, each in one place. There is one set of them; tests replace single ones
 * by wrong ones, to see that the simulator notices.
 */
class Rules {
    static final Rules SOUND = new Rules();

    // What a voter decides.

    /**
     * Whether a voter may give a promise for this ballot. Asked twice for the same one it may: the first answer was lost.
     */
    boolean mayPromise(AcceptorRecord record, Ballot ballot) {
        return !record.promised().isAbove(ballot);
    }

    /** Whether a voter may accept something at this ballot: not below what it promised. */
    boolean mayAccept(AcceptorRecord record, Ballot ballot) {
        return !record.promised().isAbove(ballot);
    }

    /**
     * Whether a chosen founding document takes the place of what a node knows. Only a newer generation does. The same one
     * again changes nothing: taking it for new would undo all that was promised and accepted since.
     */
    boolean replaces(AcceptorRecord record, Document founding) {
        return record.founding().isEmpty()
                || founding.id().generation() > record.founding().get().id().generation();
    }

    /**
     * What a node says that is asked about a generation in which it is no voter, as far as it knows: that it is none. It
     * must not say "nothing accepted", since it may simply not have heard that it is a voter, and would not remember the
     * answer once it does.
     */
    Message answerWithoutInstallation(Message asked, Generation generation, Ballot ballot) {
        return new Message.NotInstalled(generation, ballot);
    }

    /**
     * Whether a change applies to what a receiver has. Documents of one version are not the same document, so that it is the
     * id that counts.
     */
    boolean fits(DocumentDelta delta, Document base) {
        return delta.base().equals(base.id());
    }

    /** Whether a node agrees to a founding: to one, ever. */
    boolean mayAgree(AcceptorRecord record, FoundingVote vote) {
        return record.vote().isEmpty() || record.vote().get().equals(vote);
    }

    /** Whether an answer may be sent that depends on a record: once that record, or a later one, is forced. */
    boolean mayAnswer(long recordNumber, long forcedNumber) {
        return recordNumber <= forcedNumber;
    }

    // What a proposer decides.

    /** Whether an answer belongs to an attempt: exactly to its ballot, since what was said to another one may be outdated. */
    boolean belongs(Ballot attempt, Ballot answer) {
        return attempt.equals(answer);
    }

    /**
     * The document on which a proposer builds: of what a majority accepted, that at the highest ballot. If any document was
     * chosen at a lower ballot than the proposer's, this is that one or has it among its ancestors.
     */
    Document base(Collection<Vote> votes) {
        return votes.stream()
                .max(Comparator.comparing(Vote::acceptedAt))
                .orElseThrow()
                .document();
    }

    /**
     * Whether nothing may be added to a document: it closes the generation. It may have been chosen, and then what is added
     * would be chosen beside the next generation.
     */
    boolean mustBeRepeated(Document base, Generation generation) {
        return base.closes(generation);
    }

    /** What a document says about an edit. Never applied twice: the document on which one builds may hold it already. */
    EditLedger.Standing standing(Document base, EditId edit) {
        return base.edits().standing(edit);
    }

    /** Whether a document is chosen: accepted by a majority at one and the same ballot. */
    boolean isChosen(Set<Incarnation> acceptedAtThisBallot, List<Incarnation> voters) {
        return acceptedAtThisBallot.size() >= Document.majority(voters.size());
    }

    /**
     * The document that may be answered to a reader without another round: what a majority accepted last, all of them at the
     * same ballot. Then it is chosen, and nothing later was when they were asked. Without that agreement the newest document
     * must first be proposed again: a later reader might not see it, and would go back in time. A closing one does not do,
     * since the next generation may be further.
     */
    Optional<Document> readable(Map<Incarnation, Vote> votes, Generation generation, List<Incarnation> voters) {
        return agreed(votes, voters).filter(document -> !document.closes(generation));
    }

    /**
     * The closing document that may be installed without another round: what a majority accepted at the same ballot. It is
     * not enough that a majority accepted it at different ballots; between them another one may have been chosen.
     */
    Optional<Document> installable(Map<Incarnation, Vote> votes, Generation generation, List<Incarnation> voters) {
        return agreed(votes, voters).filter(document -> document.closes(generation));
    }

    private static Optional<Document> agreed(Map<Incarnation, Vote> votes, List<Incarnation> voters) {
        var counts = new HashMap<Ballot, Integer>();
        for (var vote : votes.values()) {
            if (counts.merge(vote.acceptedAt(), 1, Integer::sum) >= Document.majority(voters.size())) {
                return Optional.of(vote.document());
            }
        }
        return Optional.empty();
    }

    /** Whether a cluster is founded: when everybody who was named agreed. Two majorities could found two clusters. */
    boolean isFounded(Set<Incarnation> agreed, List<Incarnation> named) {
        return agreed.containsAll(named);
    }
}
