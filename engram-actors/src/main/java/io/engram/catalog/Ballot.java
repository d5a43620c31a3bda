package io.engram.catalog;

import java.util.UUID;

/**
 * The number of one attempt to get something accepted. Ballots are ordered, and no two attempts ever have the same one: a
 * process counts rounds upwards, and a process that was started again has another nonce, so that nothing needs to be written
 * before a ballot is used. At one ballot at most one document is ever proposed.
 *
 * @param round compared first; 0 only in {@link #ZERO} and at a founding
 * @param proposer whose attempt it is
 * @param bootNonce drawn by each start of the proposer's process
 */
public record Ballot(long round, Incarnation proposer, long bootNonce) implements Comparable<Ballot> {
    /** Below every other ballot: what is accepted at it was not accepted by a vote but installed. */
    public static final Ballot ZERO = new Ballot(0, new Incarnation(new UUID(0, 0)), 0);

    public Ballot {
        if (round < 0) {
            throw new IllegalArgumentException("round " + round);
        }
    }

    @Override
    public int compareTo(Ballot other) {
        var byRound = Long.compare(round, other.round);
        if (byRound != 0) {
            return byRound;
        }
        var byProposer = proposer.compareTo(other.proposer);
        return byProposer != 0 ? byProposer : Long.compare(bootNonce, other.bootNonce);
    }

    public boolean isAbove(Ballot other) {
        return compareTo(other) > 0;
    }

    @Override
    public String toString() {
        return equals(ZERO) ? "b0" : "b%d.%s.%x".formatted(round, proposer, bootNonce & 0xFFFF);
    }
}
