package io.engram.catalog;

import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * Founds the cluster. Of the nodes that are to found it together the one with the lowest incarnation makes the first document
 * and asks all of them, itself too, to agree. Each agrees once in its life, and only to the very nodes that it sees itself.
 * When all have agreed the document is chosen: it is, so to speak, the closing document of a generation in which everybody
 * must be heard. Not a majority but all, since two groups with different nodes in them could otherwise both succeed.
 *
 * <p>If the one who began it dies, any other who has agreed goes on with the same document. If one of those who agreed loses its
 * disk before all had agreed, nobody can know what it had said, and the founding stays stuck: the others say so
 * ({@link Effect.FoundingStopped}), and as nothing was ever stored, their folders can be emptied by hand.
 */
final class Founder {
    /** Those who did not begin leave the first one time. */
    private static final int PATIENCE = 4;

    private final Incarnation self;
    private final long bootNonce;
    private final CatalogSettings settings;
    private final Rules rules;
    private final RandomGenerator random;
    private final Acceptor own;
    private final Set<Incarnation> agreed = new HashSet<>();
    private final Set<Incarnation> refused = new HashSet<>();
    private long token;
    private boolean waits;
    private int tries;

    Founder(
            Incarnation self,
            long bootNonce,
            CatalogSettings settings,
            Rules rules,
            RandomGenerator random,
            Acceptor own) {
        this.self = self;
        this.bootNonce = bootNonce;
        this.settings = settings;
        this.rules = rules;
        this.random = random;
        this.own = own;
    }

    Founder copy(Acceptor ownCopy) {
        var copy = new Founder(self, bootNonce, settings, rules, random, ownCopy);
        copy.agreed.addAll(agreed);
        copy.refused.addAll(refused);
        copy.token = token;
        copy.waits = waits;
        copy.tries = tries;
        return copy;
    }

    /** Exactly these nodes are to found a cluster, as far as this one can see. */
    void discovered(List<NodeEntry> nodes, UUID cluster, long buckets, Outbox out) {
        var named = nodes.stream().map(NodeEntry::incarnation).sorted().toList();
        own.sees(named);
        if (own.record().founding().isPresent()
                || own.record().vote().isPresent()
                || !named.getFirst().equals(self)) {
            resume(out);
            return;
        }
        var founding = new Document(
                new DocumentId(0, new Ballot(0, self, bootNonce)),
                1,
                Optional.empty(),
                true,
                VoterChoice.first(nodes),
                EditLedger.EMPTY,
                CatalogBody.founding(cluster, buckets, nodes));
        // Its own agreement counts once it is forced, like everybody's: it is asked for by a message as well.
        own.receive(new Message.Found(founding, named));
        ask(new FoundingVote(founding, named), out);
    }

    /**
     * Goes on with a founding that this node has agreed to, if there is one, after a while. However often this is called meanwhile, that
     * while does not get longer.
     */
    void resume(Outbox out) {
        if (!waits && own.record().vote().isPresent() && own.record().founding().isEmpty()) {
            wait(PATIENCE, out);
        }
    }

    void woken(long ofToken, Outbox out) {
        if (ofToken != token) {
            return;
        }
        waits = false;
        if (own.record().founding().isEmpty()) {
            own.record().vote().ifPresent(vote -> ask(vote, out));
        }
    }

    private void ask(FoundingVote vote, Outbox out) {
        for (var each : vote.named()) {
            if (!agreed.contains(each)) {
                out.send(each, new Message.Found(vote.founding(), vote.named()));
            }
        }
        wait(1, out);
    }

    private void wait(int times, Outbox out) {
        token++;
        waits = true;
        tries++;
        var pause = settings.attemptMicros() + random.nextLong(settings.backOffMicros(Math.min(tries, 20))) + 1;
        out.add(new Effect.Wake(Effect.Timer.FOUNDER, token, times * pause));
    }

    /** Somebody agrees. With the last one the cluster is there. */
    void agreed(Incarnation from, DocumentId founding, Outbox out) {
        var vote = own.record().vote();
        if (vote.isEmpty() || !vote.get().founding().id().equals(founding)) {
            return;
        }
        agreed.add(from);
        if (rules.isFounded(agreed, vote.get().named())) {
            own.install(vote.get().founding());
            vote.get()
                    .named()
                    .forEach(each ->
                            out.send(each, new Message.Install(vote.get().founding())));
        }
    }

    void refused(Incarnation from, DocumentId founding, FoundingRefusal refusal, Outbox out) {
        var vote = own.record().vote();
        if (vote.isPresent() && vote.get().founding().id().equals(founding) && refused.add(from)) {
            out.add(new Effect.FoundingStopped(from, refusal));
        }
    }
}
