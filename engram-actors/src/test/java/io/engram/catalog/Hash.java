package io.engram.catalog;

import java.util.Collection;
import java.util.Map;
import java.util.Optional;

/** Hashes of 64 bits, for telling states of a simulation apart: documents count by their ids. */
final class Hash {
    private Hash() {}

    static long mix(long value) {
        var mixed = value;
        mixed = (mixed ^ mixed >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }

    /** Of several, in their order. */
    static long of(long... parts) {
        var hash = 0x9E3779B97F4A7C15L;
        for (var part : parts) {
            hash = mix(hash + part) * 31;
        }
        return mix(hash);
    }

    static long of(Incarnation incarnation) {
        return of(incarnation.id().getMostSignificantBits(), incarnation.id().getLeastSignificantBits());
    }

    static long of(Ballot ballot) {
        return of(ballot.round(), of(ballot.proposer()), ballot.bootNonce());
    }

    static long of(DocumentId id) {
        return of(id.generation(), of(id.ballot()));
    }

    static long of(Generation generation) {
        return of(generation.founding());
    }

    static long of(String text) {
        var hash = 7L;
        for (var i = 0; i < text.length(); i++) {
            hash = hash * 1_000_003 + text.charAt(i);
        }
        return mix(hash);
    }

    static long ofSet(Collection<Incarnation> incarnations) {
        var sum = 0L;
        for (var each : incarnations) {
            sum += of(each);
        }
        return mix(sum);
    }

    private static long of(Carried carried) {
        return switch (carried) {
            case Carried.Whole(var document) -> of(1, of(document.id()));
            case Carried.Change(var delta) -> of(2, of(delta.base()), of(delta.id()));
            case Carried.Same(var id) -> of(3, of(id));
        };
    }

    static long of(Envelope envelope) {
        return of(of(envelope.from()), of(envelope.to()), of(envelope.message()));
    }

    private static long of(Message message) {
        return switch (message) {
            case Message.Prepare m -> of(1, of(m.generation()), of(m.ballot()), known(m.known()));
            case Message.Query m -> of(2, of(m.generation()), of(m.ballot()), known(m.known()));
            case Message.Accept m -> of(3, of(m.generation()), of(m.ballot()), of(m.document()));
            case Message.Install m -> of(4, of(m.founding().id()));
            case Message.Locate _ -> 5;
            case Message.AskReady m -> of(6, m.nonce());
            case Message.Found m -> of(7, of(m.founding().id()));
            case Message.Promise m -> of(8, of(m.generation()), of(m.ballot()), of(m.acceptedAt()), of(m.accepted()));
            case Message.State m -> of(9, of(m.generation()), of(m.ballot()), of(m.acceptedAt()), of(m.accepted()));
            case Message.Accepted m -> of(10, of(m.generation()), of(m.ballot()));
            case Message.Rejected m -> of(11, of(m.generation()), of(m.ballot()), of(m.promised()));
            case Message.NotInstalled m -> of(12, of(m.generation()), of(m.ballot()));
            case Message.NeedWhole m -> of(13, of(m.generation()), of(m.ballot()));
            case Message.Installed m -> of(14, of(m.generation()));
            case Message.Forward m -> of(15, of(m.founding().id()));
            case Message.Ready m -> of(16, m.nonce());
            case Message.FoundingAccepted m -> of(17, of(m.founding()));
            case Message.FoundingRefused m ->
                of(18, of(m.founding()), m.refusal().ordinal());
        };
    }

    private static long known(Optional<DocumentId> known) {
        return known.map(Hash::of).orElse(0L);
    }

    private static long document(Optional<Document> document) {
        return document.map(each -> of(each.id())).orElse(0L);
    }

    /** Of all that decides what the node will do, when its disk is as quick as its memory. */
    static long of(CatalogNode node) {
        var record = node.record();
        var proposer = node.proposer();
        var requests = 0L;
        for (var request : proposer.requests()) {
            requests = of(requests, request.number(), request.since() < proposer.attempt() ? 1 : 0);
        }
        return of(
                document(record.founding()),
                of(record.promised()),
                of(record.acceptedAt()),
                document(record.accepted()),
                document(node.acceptor().previous()),
                of(proposer.phase()),
                proposer.round(),
                proposer.failures(),
                proposer.settling(),
                document(proposer.known()),
                document(proposer.offered()),
                requests);
    }

    private static long of(Phase phase) {
        return switch (phase) {
            case Phase.Idle() -> 1;
            case Phase.Resting() -> 2;
            case Phase.Asking asking -> of(3, of(asking.ballot()), votes(asking.votes()));
            case Phase.Preparing preparing ->
                of(4, of(preparing.ballot()), votes(preparing.votes()), ofSet(preparing.rejected()));
            case Phase.Accepting accepting -> {
                var outcomes = 0L;
                for (var outcome : accepting.outcomes()) {
                    outcomes = of(
                            outcomes,
                            outcome.request(),
                            of(outcome.answer().getClass().getSimpleName()));
                }
                yield of(
                        5,
                        of(accepting.ballot()),
                        of(accepting.proposal().id()),
                        outcomes,
                        ofSet(accepting.accepted()),
                        ofSet(accepting.rejected()));
            }
        };
    }

    private static long votes(Map<Incarnation, Vote> votes) {
        var sum = 0L;
        for (var vote : votes.entrySet()) {
            sum += of(
                    of(vote.getKey()),
                    of(vote.getValue().acceptedAt()),
                    of(vote.getValue().document().id()));
        }
        return mix(sum);
    }
}
