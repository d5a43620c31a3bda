package io.engram.replication;

import java.util.ArrayDeque;

/**
 * Reads that wait until a majority has said that it still stands by the epoch. All that wait share one question, which is asked
 * after they came; those that come while it is under way wait for the next one.
 */
final class ReadQueue {
    private record Waiting(long request, String space, long round, long deadline) {}

    private final ShardPrimary run;
    private final Term term;
    private final Replicator replicator;
    private final ArrayDeque<Waiting> waiting = new ArrayDeque<>();
    /** When the question that is under way is asked again; 0 if there is none. */
    private long askAgainAt;
    /** The round from which on confirmations answer the question that is under way. */
    private long asked;

    ReadQueue(ShardPrimary run, Term term, Replicator replicator) {
        this.run = run;
        this.term = term;
        this.replicator = replicator;
    }

    boolean isFull() {
        return waiting.size() >= run.settings.maxWaitingReads();
    }

    void add(long request, String space, long deadline) {
        waiting.add(new Waiting(request, space, run.rules.confirmingRound(replicator.round()), deadline));
        if (askAgainAt == 0) {
            ask();
        }
    }

    private void ask() {
        asked = replicator.round() + 1;
        askAgainAt = run.now + run.settings.retryMicros();
        term.followers.forEach(replicator::confirm);
    }

    /** The newest round that a majority has confirmed. */
    private long confirmed() {
        var rounds = term.followers.stream()
                .mapToLong(f -> f.adopted ? f.confirmedRound : 0)
                .sorted()
                .toArray();
        return rounds[rounds.length - term.configuration.quorum()];
    }

    /** Answers those that are confirmed, and asks for the others. */
    void answer(Active active) {
        var confirmed = confirmed();
        while (!waiting.isEmpty() && waiting.element().round() <= confirmed) {
            var one = waiting.remove();
            run.answer(one.request(), active.readable(one.space()));
        }
        if (waiting.isEmpty()) {
            askAgainAt = 0;
        } else if (confirmed >= asked) {
            ask();
        }
    }

    void tick() {
        while (!waiting.isEmpty() && waiting.element().deadline() <= run.now) {
            run.answer(waiting.remove().request(), new Outcome.Refused(Outcome.Reason.TIMEOUT));
        }
        if (waiting.isEmpty()) {
            askAgainAt = 0;
        } else if (run.now >= askAgainAt) {
            ask();
        }
    }

    long wakeAt() {
        return waiting.isEmpty()
                ? Long.MAX_VALUE
                : Math.min(askAgainAt, waiting.element().deadline());
    }

    void refuseAll(Outcome.Reason reason) {
        waiting.forEach(one -> run.answer(one.request(), new Outcome.Refused(reason)));
        waiting.clear();
    }
}
