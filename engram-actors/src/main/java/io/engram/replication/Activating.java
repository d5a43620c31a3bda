package io.engram.replication;

import java.util.Optional;

/** A majority holds the start; the catalog is asked to make the epoch active. Nothing is acknowledged before it says so. */
final class Activating extends PrimaryPhase {
    private final Term term;
    private final Optional<PrimaryLogs> kept;
    private final Backoff backoff;
    private long askAt;
    private boolean active;

    Activating(ShardPrimary run, Term term, Optional<PrimaryLogs> kept) {
        super(run, term.configuration);
        this.term = term;
        this.kept = kept;
        backoff = run.backoff();
    }

    @Override
    void enter() {
        tick();
    }

    @Override
    void tick() {
        if (active && run.local.isWhole()) {
            run.become(new Active(run, term, kept));
            return;
        }
        if (run.now >= askAt) {
            askAt = run.now + backoff.next();
            run.out.put(new Output.Activate(configuration()));
        }
        term.followers.forEach(term::askToAdopt);
    }

    /** The catalog says so. If damage was found at the own copy just now, it is mended first. */
    void activated() {
        active = true;
        tick();
    }

    @Override
    void handle(ReplicaId from, Message.ToPrimary message) {
        switch (message) {
            case Message.AskManifest ask -> term.answer(from, ask);
            case Message.Adopted _ -> term.of(from).ifPresent(f -> f.adopted = true);
            case Message.Sealed _,
                    Message.Tails _,
                    Message.Appended _,
                    Message.NotAdopted _,
                    Message.AskCommits _,
                    Message.Fenced _ -> {}
        }
    }

    @Override
    long wakeAt() {
        return Math.min(askAt, term.wakeAt());
    }

    @Override
    void leave(String why) {
        kept.ifPresent(logs -> logs.abandon(why));
    }
}
