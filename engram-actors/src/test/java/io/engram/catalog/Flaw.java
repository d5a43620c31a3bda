package io.engram.catalog;

import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Mistakes that others made, or that are easily made, to be planted: whatever tests the catalog must notice each of them. Most
 * are one wrong decision in {@link Rules}; some are of those who run a node, or of a client.
 */
enum Flaw {
    NONE(new Rules()),

    /** A voter accepts what is below its promise. */
    ACCEPTS_BELOW_ITS_PROMISE(new Rules() {
        @Override
        boolean mayAccept(AcceptorRecord record, Ballot ballot) {
            return true;
        }
    }),
    /** A late or repeated installation is taken for a new one. */
    INSTALL_RESETS(new Rules() {
        @Override
        boolean replaces(AcceptorRecord record, Document founding) {
            return record.founding().isEmpty()
                    || founding.id().generation()
                            >= record.founding().get().id().generation();
        }
    }),
    /** A voter who has not heard that it is one says that it accepted nothing. */
    ANSWERS_WITHOUT_INSTALLATION(new Rules() {
        @Override
        Message answerWithoutInstallation(Message asked, Generation generation, Ballot ballot) {
            var nothing = new Carried.Same(generation.founding());
            return switch (asked) {
                case Message.Prepare _ -> new Message.Promise(generation, ballot, Ballot.ZERO, nothing);
                case Message.Query _ -> new Message.State(generation, ballot, Ballot.ZERO, nothing);
                case Message.Accept _ -> new Message.Accepted(generation, ballot);
                default -> new Message.NotInstalled(generation, ballot);
            };
        }
    }),
    /** A change is applied to any document of the version that it was made for. */
    CHANGES_BY_VERSION(new Rules() {
        @Override
        boolean fits(DocumentDelta delta, Document base) {
            return delta.version() == base.version() + 1;
        }
    }),
    /** A node agrees to a second founding. */
    AGREES_TWICE(new Rules() {
        @Override
        boolean mayAgree(AcceptorRecord record, FoundingVote vote) {
            return true;
        }
    }),
    /** A cluster is founded by a majority of those who were named. */
    FOUNDED_BY_A_MAJORITY(new Rules() {
        @Override
        boolean isFounded(Set<Incarnation> agreed, List<Incarnation> named) {
            return agreed.size() >= Document.majority(named.size());
        }
    }),
    /** A voter answers before its disk does. */
    ANSWERS_BEFORE_THE_FORCE(new Rules() {
        @Override
        boolean mayAnswer(long recordNumber, long forcedNumber) {
            return true;
        }
    }),
    /** Late answers to an earlier attempt are counted. */
    COUNTS_LATE_ANSWERS(new Rules() {
        @Override
        boolean belongs(Ballot attempt, Ballot answer) {
            return !attempt.equals(Ballot.ZERO);
        }
    }),
    /** The document with the highest version is built upon, not that at the highest ballot. */
    BUILDS_ON_THE_HIGHEST_VERSION(new Rules() {
        @Override
        Document base(Collection<Vote> votes) {
            return votes.stream()
                    .map(Vote::document)
                    .reduce((a, b) -> a.version() >= b.version() ? a : b)
                    .orElseThrow();
        }
    }),
    /** An edit is put on top of a closing document of which nobody knows whether it was chosen. */
    BUILDS_ON_A_CLOSING_DOCUMENT(new Rules() {
        @Override
        boolean mustBeRepeated(Document base, Generation generation) {
            return false;
        }
    }),
    /** The document on which one builds is not asked whether it holds the edit. */
    APPLIES_AGAIN(new Rules() {
        @Override
        EditLedger.Standing standing(Document base, EditId edit) {
            return EditLedger.Standing.NEW;
        }
    }),
    /** One less than a majority is taken for one. */
    CHOSEN_BY_A_MINORITY(new Rules() {
        @Override
        boolean isChosen(Set<Incarnation> acceptedAtThisBallot, List<Incarnation> voters) {
            return acceptedAtThisBallot.size() >= Math.max(1, voters.size() / 2);
        }
    }),
    /** A reader is shown the newest document that he sees, chosen or not. */
    READS_WITHOUT_WRITING_BACK(new Rules() {
        @Override
        Optional<Document> readable(Map<Incarnation, Vote> votes, Generation generation, List<Incarnation> voters) {
            return votes.size() < Document.majority(voters.size())
                    ? Optional.empty()
                    : Optional.of(base(votes.values()));
        }
    }),
    /** A closing document is installed by whoever sees it. */
    INSTALLS_ON_SIGHT(new Rules() {
        @Override
        Optional<Document> installable(Map<Incarnation, Vote> votes, Generation generation, List<Incarnation> voters) {
            return votes.values().stream()
                    .map(Vote::document)
                    .filter(document -> document.closes(generation))
                    .findFirst();
        }
    }),
    /** A closing document that a majority accepted, at whatever ballots, is taken for chosen. */
    INSTALLS_AT_DIFFERENT_BALLOTS(new Rules() {
        @Override
        Optional<Document> installable(Map<Incarnation, Vote> votes, Generation generation, List<Incarnation> voters) {
            var counts = new HashMap<DocumentId, Integer>();
            for (var vote : votes.values()) {
                if (vote.document().closes(generation)
                        && counts.merge(vote.document().id(), 1, Integer::sum) >= Document.majority(voters.size())) {
                    return Optional.of(vote.document());
                }
            }
            return Optional.empty();
        }
    }),
    /** A ballot is used again after a restart. */
    USES_A_BALLOT_TWICE(new Rules()),
    /** A wiped disk comes back under its old identity. */
    KEEPS_ITS_IDENTITY(new Rules()),
    /** A restart forgets what was promised. */
    FORGETS_ITS_PROMISE(new Rules()),
    /** A client takes an edit for lost that a plain read does not show. */
    BELIEVES_AN_EDIT_LOST(new Rules());

    private final Rules rules;

    Flaw(Rules rules) {
        this.rules = rules;
    }

    Rules rules() {
        return rules;
    }
}
