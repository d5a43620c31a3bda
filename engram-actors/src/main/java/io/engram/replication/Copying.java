package io.engram.replication;

import java.util.Optional;

/**
 * Brings the own copy to the start of the epoch, from those who have it, and then a majority of the new members, from the own
 * copy. Until then the epoch rests on nothing that another opening could not overlook.
 */
final class Copying extends PrimaryPhase {
    private final Term term;
    private final Optional<PrimaryLogs> kept;

    Copying(ShardPrimary run, Term term, Optional<PrimaryLogs> kept) {
        super(run, term.configuration);
        this.term = term;
        this.kept = kept;
    }

    @Override
    void enter() {
        tick();
    }

    @Override
    void tick() {
        if (!term.own().adopted) {
            term.askToAdopt(term.own());
        } else {
            term.followers.forEach(term::askToAdopt);
        }
    }

    @Override
    void handle(ReplicaId from, Message.ToPrimary message) {
        switch (message) {
            case Message.AskManifest ask -> term.answer(from, ask);
            case Message.Adopted _ -> term.of(from).ifPresent(this::adopted);
            case Message.Sealed _,
                    Message.Tails _,
                    Message.Appended _,
                    Message.NotAdopted _,
                    Message.AskCommits _,
                    Message.Fenced _ -> {}
        }
    }

    private void adopted(Follower follower) {
        follower.adopted = true;
        follower.backoff.succeeded();
        if (follower == term.own()) {
            term.copyFromOwn();
            tick();
        }
        if (term.own().adopted && term.adopted() >= run.rules.adoptions(term.configuration)) {
            run.become(new Activating(run, term, kept));
        }
    }

    @Override
    long wakeAt() {
        return term.own().adopted ? term.wakeAt() : term.own().askToAdoptAt;
    }

    @Override
    void leave(String why) {
        kept.ifPresent(logs -> logs.abandon(why));
    }

    @Override
    String describe() {
        return super.describe() + ", " + term;
    }
}
