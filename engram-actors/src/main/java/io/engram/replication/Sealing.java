package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Asks the members of the last active configuration to promise the epoch. Once so many have that every majority has one among
 * them, nothing more can be committed there, and what was committed is among what they have.
 */
final class Sealing extends PrimaryPhase {
    /** What is known of one member. */
    private static final class Member {
        private final ReplicaId id;
        private final Backoff backoff;
        private long askAt;
        private boolean sealed;
        private boolean whole;
        private long adopted;
        private boolean complete;
        private final TreeMap<LogName, LogPoint> tails = new TreeMap<>();

        Member(ReplicaId id, Backoff backoff) {
            this.id = id;
            this.backoff = backoff;
        }

        SealAnswer answer() {
            return new SealAnswer(id, adopted, whole, tails);
        }
    }

    private final Configuration lastActive;
    private final TreeMap<ReplicaId, Member> members = new TreeMap<>();

    Sealing(ShardPrimary run, Configuration configuration, Configuration lastActive) {
        super(run, configuration);
        this.lastActive = lastActive;
        lastActive.members().forEach(id -> members.put(id, new Member(id, run.backoff())));
    }

    @Override
    void enter() {
        tick();
    }

    @Override
    void tick() {
        for (var member : members.values()) {
            if (run.now >= member.askAt && !isDone(member)) {
                ask(member);
            }
        }
    }

    private boolean isDone(Member member) {
        return member.sealed && member.complete && run.rules.counts(member.answer());
    }

    private void ask(Member member) {
        member.askAt = run.now + member.backoff.next();
        if (member.sealed && !member.complete) {
            run.send(member.id, new Message.AskTails(run.shard, configuration().epoch(), member.tails.lastKey()));
        } else {
            // Also one whose data is damaged is asked again: it may be mended by then.
            run.send(member.id, new Message.Seal(run.shard, configuration().epoch(), run.self));
        }
    }

    @Override
    void handle(ReplicaId from, Message.ToPrimary message) {
        var member = members.get(from);
        if (member == null) {
            return;
        }
        switch (message) {
            case Message.Sealed sealed -> {
                if (isDone(member)) {
                    return;
                }
                member.sealed = true;
                member.whole = sealed.whole();
                member.adopted = sealed.adopted();
                member.tails.clear();
                sealed.tails().forEach(tail -> member.tails.put(tail.log(), tail.point()));
                heard(member, sealed.more());
            }
            case Message.Tails tails -> {
                if (member.sealed && !member.complete && tails.after().equals(member.tails.lastKey())) {
                    tails.tails().forEach(tail -> member.tails.put(tail.log(), tail.point()));
                    heard(member, tails.more());
                }
            }
            case Message.AskManifest _,
                    Message.Adopted _,
                    Message.Appended _,
                    Message.NotAdopted _,
                    Message.AskCommits _,
                    Message.Fenced _ -> {}
        }
    }

    private void heard(Member member, boolean more) {
        member.complete = !more;
        member.backoff.succeeded();
        if (more) {
            ask(member);
        } else {
            choose();
        }
    }

    private void choose() {
        var answers = new ArrayList<SealAnswer>();
        members.values().stream().filter(this::isDone).forEach(member -> answers.add(member.answer()));
        if (answers.size() >= run.rules.sealAnswers(lastActive, configuration())) {
            var start = Choice.choose(answers, run.self, run.rules);
            run.become(
                    new Copying(run, new Term(run, configuration(), Optional.of(lastActive), start), Optional.empty()));
        }
    }

    @Override
    long wakeAt() {
        return members.values().stream()
                .filter(member -> !isDone(member))
                .mapToLong(member -> member.askAt)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    void leave(String why) {}

    @Override
    String describe() {
        return super.describe()
                + ", answers of "
                + members.values().stream()
                        .filter(this::isDone)
                        .map(member -> member.id)
                        .toList();
    }
}
