package io.engram.catalog;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Where a proposer is in its attempt. Values, so that a test can look at one and go back to it. */
sealed interface Phase {
    /** Nothing is wanted. */
    record Idle() implements Phase {}

    /** An attempt failed, and the next one waits a while. */
    record Resting() implements Phase {}

    /**
     * Voters were asked what they accepted last.
     *
     * @param ballot of the question
     * @param votes what they said
     */
    record Asking(Ballot ballot, Map<Incarnation, Vote> votes) implements Phase {
        public Asking {
            votes = Map.copyOf(votes);
        }

        Asking with(Incarnation voter, Vote vote) {
            return new Asking(ballot, plus(votes, voter, vote));
        }
    }

    /**
     * Voters were asked for promises.
     *
     * @param votes of those who promised
     * @param rejected who has promised somebody else
     */
    record Preparing(Ballot ballot, Map<Incarnation, Vote> votes, Set<Incarnation> rejected) implements Phase {
        public Preparing {
            votes = Map.copyOf(votes);
            rejected = Set.copyOf(rejected);
        }

        Preparing with(Incarnation voter, Vote vote) {
            return new Preparing(ballot, plus(votes, voter, vote), rejected);
        }

        Preparing rejectedBy(Incarnation voter) {
            return new Preparing(ballot, votes, plus(rejected, voter));
        }
    }

    /**
     * Voters were asked to accept.
     *
     * @param proposal what, the only one at this ballot
     * @param outcomes what is answered once it is chosen
     * @param accepted who did
     * @param rejected who has promised somebody else
     */
    record Accepting(
            Ballot ballot,
            Document proposal,
            List<Outcome> outcomes,
            Set<Incarnation> accepted,
            Set<Incarnation> rejected)
            implements Phase {
        public Accepting {
            outcomes = List.copyOf(outcomes);
            accepted = Set.copyOf(accepted);
            rejected = Set.copyOf(rejected);
        }

        Accepting acceptedBy(Incarnation voter) {
            return new Accepting(ballot, proposal, outcomes, plus(accepted, voter), rejected);
        }

        Accepting rejectedBy(Incarnation voter) {
            return new Accepting(ballot, proposal, outcomes, accepted, plus(rejected, voter));
        }
    }

    /** What a request is answered once the document is chosen. */
    record Outcome(long request, Answer answer) {}

    /** The ballot to which answers are awaited; {@link Ballot#ZERO} if none are. */
    default Ballot at() {
        return switch (this) {
            case Idle(), Resting() -> Ballot.ZERO;
            case Asking asking -> asking.ballot();
            case Preparing preparing -> preparing.ballot();
            case Accepting accepting -> accepting.ballot();
        };
    }

    private static <K, V> Map<K, V> plus(Map<K, V> map, K key, V value) {
        var more = new HashMap<>(map);
        more.put(key, value);
        return more;
    }

    private static <T> Set<T> plus(Set<T> set, T element) {
        var more = new HashSet<>(set);
        more.add(element);
        return more;
    }
}
