package io.engram.catalog;

import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.random.RandomGenerator;

/**
 * A node's part in the catalog, whole: its {@link Acceptor}, its {@link Proposer}, and what belongs to them. It is told what
 * happened, and says what is to be done about it; it does nothing itself. Calls must not overlap.
 *
 * <p>Nothing that it answers as a voter leaves before the record on which it rests is on disk. It goes on working with the
 * newest record meanwhile, and holds the answers back until {@link #forced} says how far the disk is.
 *
 * <p>A force that fails is the end: afterwards nothing may be assumed about the disk, and the node says nothing more.
 */
public final class CatalogNode {
    private record Held(long recordNumber, Incarnation to, Message message) {}

    private final Incarnation self;
    private final CatalogSettings settings;
    private final Rules rules;
    private final Acceptor acceptor;
    private final Proposer proposer;
    private final Founder founder;
    private final Readiness readiness;
    private final ArrayDeque<Held> held;
    private AcceptorRecord handedOver;
    private long recordNumber;
    private long forcedNumber;
    private boolean stopped;

    /**
     * A node that starts.
     *
     * @param self the incarnation of its data folder
     * @param bootNonce drawn by this start of the process, and never used by another one
     * @param durable what the folder holds; {@link AcceptorRecord#EMPTY} for a new one
     * @param random for the pauses
     */
    public CatalogNode(
            Incarnation self,
            long bootNonce,
            AcceptorRecord durable,
            CatalogSettings settings,
            RandomGenerator random) {
        this(self, bootNonce, durable, settings, random, Rules.SOUND);
    }

    CatalogNode(
            Incarnation self,
            long bootNonce,
            AcceptorRecord durable,
            CatalogSettings settings,
            RandomGenerator random,
            Rules rules) {
        this.self = self;
        this.settings = settings;
        this.rules = rules;
        acceptor = new Acceptor(self, durable, rules);
        proposer = new Proposer(self, bootNonce, settings, rules, random, acceptor);
        founder = new Founder(self, bootNonce, settings, rules, random, acceptor);
        readiness = new Readiness(settings);
        held = new ArrayDeque<>();
        handedOver = durable;
    }

    private CatalogNode(CatalogNode other) {
        self = other.self;
        settings = other.settings;
        rules = other.rules;
        acceptor = other.acceptor.copy();
        proposer = other.proposer.copy(acceptor);
        founder = other.founder.copy(acceptor);
        readiness = other.readiness.copy();
        held = new ArrayDeque<>(other.held);
        handedOver = other.handedOver;
        recordNumber = other.recordNumber;
        forcedNumber = other.forcedNumber;
        stopped = other.stopped;
    }

    /** Another node in the same state, for tests that look at several ways on. It shares the source of random numbers. */
    CatalogNode copy() {
        return new CatalogNode(this);
    }

    Proposer proposer() {
        return proposer;
    }

    Acceptor acceptor() {
        return acceptor;
    }

    public Incarnation self() {
        return self;
    }

    /** The founding document of the newest generation that this node knows, with its voters. */
    public Optional<Document> founding() {
        return acceptor.record().founding();
    }

    /** The newest chosen document that this node has seen by its own requests. */
    public Optional<Document> known() {
        return proposer.known();
    }

    /** The record as it is now, forced or not. */
    public AcceptorRecord record() {
        return acceptor.record();
    }

    /** To be called first. */
    public List<Effect> start() {
        var out = new Outbox(self);
        founder.resume(out);
        return finish(out);
    }

    /** A message came. One that is meant for another incarnation is not read. */
    public List<Effect> receive(Envelope envelope) {
        var out = new Outbox(self);
        if (stopped || !envelope.to().equals(self)) {
            return out.effects();
        }
        var from = envelope.from();
        switch (envelope.message()) {
            case Message.ToAcceptor asked -> {
                var generation = acceptor.record().generation();
                var answer = acceptor.receive(asked);
                noteRecord(out);
                answer.ifPresent(message -> reply(from, message, out));
                if (!acceptor.record().generation().equals(generation)) {
                    proposer.generationChanged(out);
                }
                if (asked instanceof Message.Found) {
                    founder.resume(out);
                }
            }
            case Message.ToProposer answer -> proposer.receive(from, answer, out);
            case Message.Installed(var generation) -> proposer.installed(from, generation, out);
            case Message.Forward(var founding) -> {
                var generation = acceptor.record().generation();
                acceptor.install(founding);
                if (!acceptor.record().generation().equals(generation)) {
                    proposer.generationChanged(out);
                }
            }
            case Message.Ready(var nonce) -> readiness.ready(from, nonce, proposer, out);
            case Message.FoundingAccepted(var founding) -> founder.agreed(from, founding, out);
            case Message.FoundingRefused(var founding, var refusal) -> founder.refused(from, founding, refusal, out);
        }
        return finish(out);
    }

    /** The record with this number, and with it all earlier ones, is on disk. */
    public List<Effect> forced(long number) {
        var out = new Outbox(self);
        if (!stopped) {
            forcedNumber = Math.max(forcedNumber, number);
            release(out);
        }
        return out.effects();
    }

    /** The disk failed, or the node is to stop. Everybody who waits is told that the outcome is unknown. */
    public List<Effect> stop() {
        var out = new Outbox(self);
        stopped = true;
        held.clear();
        proposer.requests().forEach(request -> proposer.expire(request.number(), out));
        readiness.requests().forEach(request -> readiness.expire(request, out));
        return out.effects();
    }

    /** Time has passed. */
    public List<Effect> woken(Effect.Timer timer, long token) {
        var out = new Outbox(self);
        if (!stopped) {
            switch (timer) {
                case PROPOSER -> proposer.woken(token, out);
                case FOUNDER -> founder.woken(token, out);
                case READINESS -> readiness.woken(token, out);
            }
        }
        return finish(out);
    }

    /**
     * Wants an edit. The answer comes as {@link Effect.Answered}.
     *
     * @param request a number of the caller's, unused until it is answered
     * @param id the same at every retry
     */
    public List<Effect> edit(long request, EditId id, Edit edit) {
        var out = new Outbox(self);
        var newVoters = edit.newVoters();
        var generation = acceptor.record().generation();
        if (stopped) {
            out.answer(request, Answer.NotTried.because(Answer.Why.STOPPED));
        } else if (newVoters.isEmpty() || generation.isEmpty()) {
            proposer.edit(request, id, edit, out);
        } else if (readiness.isFull()) {
            out.answer(request, Answer.NotTried.because(Answer.Why.BUSY));
        } else {
            readiness.check(request, id, edit, generation.get(), newVoters.get(), out);
        }
        return finish(out);
    }

    /**
     * Wants to read the newest document, or one that is chosen later than now.
     *
     * @param request a number of the caller's, unused until it is answered
     */
    public List<Effect> read(long request) {
        var out = new Outbox(self);
        if (stopped) {
            out.answer(request, Answer.NotTried.because(Answer.Why.STOPPED));
        } else {
            proposer.read(request, out);
        }
        return finish(out);
    }

    /** The caller does not want to wait any longer. The answer is {@link Answer.Unknown}, unless there was one before. */
    public List<Effect> expire(long request) {
        var out = new Outbox(self);
        proposer.expire(request, out);
        readiness.expire(request, out);
        return finish(out);
    }

    /**
     * Exactly these nodes, this one among them, are to found a cluster, if they do not belong to one.
     *
     * @param cluster the cluster's id, should this node be the one that makes the first document; freshly drawn
     * @param buckets into how many shards spaces are hashed
     */
    public List<Effect> discovered(List<NodeEntry> nodes, UUID cluster, long buckets) {
        var out = new Outbox(self);
        if (!stopped) {
            founder.discovered(nodes, cluster, buckets, out);
        }
        return finish(out);
    }

    /** Asks somebody for the newest generation. */
    public List<Effect> locate(Incarnation guide) {
        var out = new Outbox(self);
        if (!stopped) {
            out.send(guide, new Message.Locate());
        }
        return finish(out);
    }

    private List<Effect> finish(Outbox out) {
        noteRecord(out);
        return out.effects();
    }

    private void noteRecord(Outbox out) {
        // Compared by identity: every change makes a new record, and documents are large.
        if (acceptor.record() != handedOver) {
            handedOver = acceptor.record();
            recordNumber++;
            out.add(new Effect.Force(recordNumber, handedOver));
        }
    }

    private void reply(Incarnation to, Message message, Outbox out) {
        // Beyond the bound it is as if the answer had been lost on its way.
        if (held.size() < settings.unsent()) {
            held.add(new Held(recordNumber, to, message));
            release(out);
        }
    }

    private void release(Outbox out) {
        while (!held.isEmpty() && rules.mayAnswer(held.element().recordNumber(), forcedNumber)) {
            var first = held.remove();
            out.send(first.to(), first.message());
        }
    }
}
