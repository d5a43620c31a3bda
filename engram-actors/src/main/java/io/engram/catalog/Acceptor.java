package io.engram.catalog;

import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node does as a voter, and as one who shows the way to the voters. It answers messages, one by one, from its {@link
 * AcceptorRecord}; whoever calls it must force the record, if it changed, before the answer is sent.
 *
 * <p>A voter is bound to the newest generation that it knows. Asked about an older one it answers with the founding document
 * of the newer one, for ever, also when it is no voter any more; asked about one that it does not know it says so. Within its
 * generation it is an ordinary acceptor of Paxos: it promises not to take part in lower ballots and tells what it accepted
 * last, and it accepts what is proposed at a ballot that is not lower than its promise.
 */
final class Acceptor {
    private final Incarnation self;
    private final Rules rules;
    private AcceptorRecord record;
    private Optional<List<Incarnation>> seen = Optional.empty();
    /** What was accepted before, to send the last one as a change of it. Only in memory: nothing depends on it. */
    private @Nullable Document previous;

    Acceptor(Incarnation self, AcceptorRecord durable, Rules rules) {
        this.self = self;
        this.rules = rules;
        record = durable;
    }

    Acceptor copy() {
        var copy = new Acceptor(self, record, rules);
        copy.seen = seen;
        copy.previous = previous;
        return copy;
    }

    AcceptorRecord record() {
        return record;
    }

    Optional<Document> previous() {
        return Optional.ofNullable(previous);
    }

    /** Which nodes found the cluster together, as far as this one can see; sorted. */
    void sees(List<Incarnation> nodes) {
        seen = Optional.of(nodes);
    }

    /** The answer to a message, if it deserves one. */
    Optional<Message> receive(Message.ToAcceptor message) {
        return switch (message) {
            case Message.Prepare(var generation, var ballot, var known) ->
                inGeneration(message, generation, ballot).or(() -> Optional.of(prepare(generation, ballot, known)));
            case Message.Query(var generation, var ballot, var known) ->
                inGeneration(message, generation, ballot)
                        .or(() -> record.accepted()
                                .map(accepted -> new Message.State(
                                        generation, ballot, record.acceptedAt(), carried(accepted, known))));
            case Message.Accept(var generation, var ballot, var document) ->
                inGeneration(message, generation, ballot).or(() -> Optional.of(accept(generation, ballot, document)));
            case Message.Install(var founding) -> install(founding);
            case Message.Locate() -> record.founding().map(Message.Forward::new);
            case Message.AskReady(var cluster, var nonce) ->
                isOf(cluster) ? Optional.of(new Message.Ready(nonce)) : Optional.empty();
            case Message.Found(var founding, var named) -> found(new FoundingVote(founding, named));
        };
    }

    /**
     * Learns of a generation whose founding document was chosen.
     *
     * @return the answer to who said so; nothing if it is of another cluster
     */
    Optional<Message> install(Document founding) {
        if (!isOf(founding.body().cluster())) {
            return Optional.empty();
        }
        if (rules.replaces(record, founding)) {
            record = AcceptorRecord.installed(founding, self);
            previous = null;
        }
        var newest = record.founding().orElseThrow();
        return Optional.of(
                newest.id().equals(founding.id())
                        ? new Message.Installed(Generation.foundedBy(founding))
                        : new Message.Forward(newest));
    }

    private boolean isOf(UUID cluster) {
        return record.founding().isEmpty()
                || record.founding().get().body().cluster().equals(cluster);
    }

    /** The answer to a message of another generation, or of one where this node has no vote; nothing if it may be handled. */
    private Optional<Message> inGeneration(Message asked, Generation generation, Ballot ballot) {
        var mine = record.generation();
        if (mine.isPresent() && mine.get().cluster().equals(generation.cluster())) {
            if (mine.get().number() > generation.number()) {
                return record.founding().map(Message.Forward::new);
            }
            if (mine.get().equals(generation) && record.accepted().isPresent()) {
                return Optional.empty();
            }
        }
        return Optional.of(rules.answerWithoutInstallation(asked, generation, ballot));
    }

    private Message prepare(Generation generation, Ballot ballot, Optional<DocumentId> known) {
        if (!rules.mayPromise(record, ballot)) {
            return new Message.Rejected(generation, ballot, record.promised());
        }
        record = record.promising(ballot);
        var accepted = record.accepted().orElseThrow();
        return new Message.Promise(generation, ballot, record.acceptedAt(), carried(accepted, known));
    }

    private Message accept(Generation generation, Ballot ballot, Carried carried) {
        if (!rules.mayAccept(record, ballot)) {
            return new Message.Rejected(generation, ballot, record.promised());
        }
        if (!record.acceptedAt().equals(ballot)) {
            var accepted = record.accepted().orElseThrow();
            var document = resolve(carried, accepted, rules);
            if (document == null) {
                return new Message.NeedWhole(generation, ballot);
            }
            record = record.accepting(ballot, document);
            previous = accepted;
        }
        return new Message.Accepted(generation, ballot);
    }

    private Carried carried(Document document, Optional<DocumentId> known) {
        if (known.isPresent()) {
            if (known.get().equals(document.id())) {
                return new Carried.Same(document.id());
            }
            if (previous != null && known.get().equals(previous.id())) {
                return Carried.to(previous, document);
            }
        }
        return new Carried.Whole(document);
    }

    /** What was sent, if it can be told with this document at hand. */
    static @Nullable Document resolve(Carried carried, Document mine, Rules rules) {
        return switch (carried) {
            case Carried.Whole(var document) -> document;
            case Carried.Same(var id) -> id.equals(mine.id()) ? mine : null;
            case Carried.Change(var delta) -> rules.fits(delta, mine) ? delta.applyTo(mine) : null;
        };
    }

    private Optional<Message> found(FoundingVote vote) {
        var id = vote.founding().id();
        if (record.founding().isPresent()) {
            // If this founding went through without the asker's knowledge, it is shown where that led.
            return Optional.of(
                    isOf(vote.founding().body().cluster())
                            ? new Message.Forward(record.founding().get())
                            : new Message.FoundingRefused(id, FoundingRefusal.IN_A_CLUSTER));
        }
        if (!vote.named().contains(self)) {
            return Optional.of(new Message.FoundingRefused(id, FoundingRefusal.NOT_NAMED));
        }
        if (!rules.mayAgree(record, vote)) {
            return Optional.of(new Message.FoundingRefused(id, FoundingRefusal.AGREED_TO_ANOTHER));
        }
        if (!record.vote().equals(Optional.of(vote))) {
            if (!seen.equals(Optional.of(vote.named()))) {
                return Optional.of(new Message.FoundingRefused(id, FoundingRefusal.SEES_OTHERS));
            }
            record = record.voted(vote);
        }
        return Optional.of(new Message.FoundingAccepted(id));
    }
}
