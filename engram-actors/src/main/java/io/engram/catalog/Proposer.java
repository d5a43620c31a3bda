package io.engram.catalog;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * What a node does that wants something of the catalog. It makes one attempt at a time for all requests that wait; what
 * arrives meanwhile goes into the same document if that is not made yet, else into the next.
 *
 * <ol>
 *   <li>It draws a ballot that was never used and asks the voters of the newest generation that it knows for promises.
 *   <li>With a majority of promises it takes the newest document among the answers ({@link Rules#base}). It may not have been
 *       chosen yet, but nothing else can be. The edits that wait are applied to it, but for those that it holds already. A
 *       document that closes the generation is not touched. Where nothing is to be changed, the document is proposed as it
 *       is: whoever reads must make sure that it is chosen before he speaks of it.
 *   <li>With a majority of acceptances at this ballot the document is chosen, and all who waited for it are answered, also
 *       those whose edit somebody else had brought in, and those who were refused.
 *   <li>If it closes the generation it is shown to the new voters and to the old ones, and all goes on with the new ones.
 * </ol>
 *
 * <p>Reads alone take a shorter way: voters are asked what they accepted last, without promises; see {@link Rules#readable}.
 *
 * <p>An attempt that fails is repeated after a pause drawn at random, whose mean doubles. That is safe after any lost answer:
 * the document says which edits it holds. Whatever is left half done by a proposer that died is found and finished by the
 * next one in step 2 or, where the new voters are in place already, by being shown the newer generation.
 */
final class Proposer {
    private static final Phase IDLE = new Phase.Idle();
    /** After every so many failures in a row somebody else is asked where the voters are. */
    private static final int FAILURES_UNTIL_LOST = 3;
    /** How many are asked then, besides the voters. */
    private static final int GUIDES = 4;

    private final Incarnation self;
    private final long bootNonce;
    private final CatalogSettings settings;
    private final Rules rules;
    private final RandomGenerator random;
    private final Acceptor own;
    private final LinkedHashMap<Long, Request> requests = new LinkedHashMap<>();
    private Phase phase = IDLE;
    private long round;
    /** Counts attempts and pauses; a timer of an earlier one means nothing. */
    private long attempt;

    private int failures;
    /** How many more attempts are made to see the voters of a new generation installed; 0 if there is no need. */
    private int settling;
    /** The newest chosen document that this node has seen. */
    private @Nullable Document known;
    /** The one that voters were told this node has, in this attempt. */
    private @Nullable Document offered;

    Proposer(
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

    Proposer copy(Acceptor ownCopy) {
        var copy = new Proposer(self, bootNonce, settings, rules, random, ownCopy);
        copy.requests.putAll(requests);
        copy.phase = phase;
        copy.round = round;
        copy.attempt = attempt;
        copy.failures = failures;
        copy.settling = settling;
        copy.known = known;
        copy.offered = offered;
        return copy;
    }

    Phase phase() {
        return phase;
    }

    long round() {
        return round;
    }

    long attempt() {
        return attempt;
    }

    int failures() {
        return failures;
    }

    int settling() {
        return settling;
    }

    List<Request> requests() {
        return List.copyOf(requests.values());
    }

    Optional<Document> known() {
        return Optional.ofNullable(known);
    }

    Optional<Document> offered() {
        return Optional.ofNullable(offered);
    }

    void edit(long request, EditId id, Edit edit, Outbox out) {
        admit(new Request.ToEdit(request, attempt, id, edit), out);
    }

    void read(long request, Outbox out) {
        admit(new Request.ToRead(request, attempt), out);
    }

    private void admit(Request request, Outbox out) {
        if (own.record().founding().isEmpty()) {
            out.answer(request.number(), Answer.NotTried.because(Answer.Why.NO_CATALOG));
        } else if (requests.size() >= settings.requests() || requests.containsKey(request.number())) {
            out.answer(request.number(), Answer.NotTried.because(Answer.Why.BUSY));
        } else {
            requests.put(request.number(), request);
            if (phase instanceof Phase.Idle) {
                begin(out);
            }
        }
    }

    /** Gives up a request; whoever made it learns nothing of how it ends. */
    void expire(long request, Outbox out) {
        if (requests.remove(request) != null) {
            out.answer(request, new Answer.Unknown());
        }
    }

    /** Another generation is known now: what was begun in the old one is begun again. */
    void generationChanged(Outbox out) {
        if (!(phase instanceof Phase.Idle)) {
            begin(out);
        }
    }

    void woken(long token, Outbox out) {
        if (token != attempt) {
            return;
        }
        switch (phase) {
            case Phase.Idle() -> {}
            case Phase.Resting() -> begin(out);
            case Phase.Asking _ -> prepare(out);
            case Phase.Preparing _, Phase.Accepting _ -> fail(out);
        }
    }

    private void begin(Outbox out) {
        phase = IDLE;
        if (requests.isEmpty() && settling == 0) {
            return;
        }
        if (requests.values().stream().allMatch(Request.ToRead.class::isInstance)) {
            var ballot = nextAttempt(out);
            phase = new Phase.Asking(ballot, Map.of());
            voters().forEach(voter -> ask(voter, out));
        } else {
            prepare(out);
        }
    }

    private void prepare(Outbox out) {
        var ballot = nextAttempt(out);
        phase = new Phase.Preparing(ballot, Map.of(), Set.of());
        voters().forEach(voter -> ask(voter, out));
    }

    private Ballot nextAttempt(Outbox out) {
        round++;
        attempt++;
        var newest = founding();
        offered = known != null && known.version() > newest.version() ? known : newest;
        out.add(new Effect.Wake(Effect.Timer.PROPOSER, attempt, settings.attemptMicros()));
        return new Ballot(round, self, bootNonce);
    }

    /** Asks a voter, for the first time or again, for what the attempt needs of it. */
    private void ask(Incarnation voter, Outbox out) {
        var has = Optional.ofNullable(offered).map(Document::id);
        switch (phase) {
            case Phase.Idle(), Phase.Resting() -> {}
            case Phase.Asking asking -> out.send(voter, new Message.Query(generation(), asking.ballot(), has));
            case Phase.Preparing preparing ->
                out.send(voter, new Message.Prepare(generation(), preparing.ballot(), has));
            case Phase.Accepting accepting ->
                out.send(
                        voter,
                        new Message.Accept(generation(), accepting.ballot(), new Carried.Whole(accepting.proposal())));
        }
    }

    void receive(Incarnation from, Message.ToProposer message, Outbox out) {
        if (own.record().founding().isEmpty()
                || !message.generation().equals(generation())
                || !voters().contains(from)) {
            return;
        }
        switch (message) {
            case Message.Promise(var ignored, var ballot, var acceptedAt, var carried) -> {
                if (phase instanceof Phase.Preparing preparing && rules.belongs(preparing.ballot(), ballot)) {
                    promised(preparing, from, acceptedAt, carried, out);
                }
            }
            case Message.State(var ignored, var ballot, var acceptedAt, var carried) -> {
                if (phase instanceof Phase.Asking asking && rules.belongs(asking.ballot(), ballot)) {
                    stated(asking, from, acceptedAt, carried, out);
                }
            }
            case Message.Accepted(var ignored, var ballot) -> {
                if (phase instanceof Phase.Accepting accepting && rules.belongs(accepting.ballot(), ballot)) {
                    accepted(accepting.acceptedBy(from), out);
                }
            }
            case Message.Rejected(var ignored, var ballot, var promised) -> rejected(from, ballot, promised, out);
            case Message.NeedWhole(var ignored, var ballot) -> {
                if (phase instanceof Phase.Accepting accepting && rules.belongs(accepting.ballot(), ballot)) {
                    ask(from, out);
                }
            }
            case Message.NotInstalled _ -> out.send(from, new Message.Install(founding()));
        }
    }

    /** A voter knows the generation now. It may not have when it was asked. */
    void installed(Incarnation from, Generation installed, Outbox out) {
        if (own.record().founding().isPresent() && installed.equals(generation()) && voters().contains(from)) {
            ask(from, out);
        }
    }

    private void stated(Phase.Asking asking, Incarnation from, Ballot acceptedAt, Carried carried, Outbox out) {
        var vote = vote(acceptedAt, carried);
        if (vote.isEmpty()) {
            return;
        }
        var more = asking.with(from, vote.get());
        phase = more;
        var readable = rules.readable(more.votes(), generation(), voters());
        if (readable.isPresent()) {
            var outcomes = new ArrayList<Phase.Outcome>();
            for (var request : requests.values()) {
                // Whoever came after the question was put may know more than the answer.
                if (request instanceof Request.ToRead && request.since() < attempt) {
                    outcomes.add(new Phase.Outcome(request.number(), new Answer.Read(readable.get())));
                }
            }
            succeed(readable.get(), outcomes, out);
        } else if (more.votes().size() >= majority()) {
            prepare(out);
        }
    }

    private void promised(Phase.Preparing preparing, Incarnation from, Ballot acceptedAt, Carried carried, Outbox out) {
        var vote = vote(acceptedAt, carried);
        if (vote.isEmpty()) {
            return;
        }
        var more = preparing.with(from, vote.get());
        phase = more;
        var installable = rules.installable(more.votes(), generation(), voters());
        if (installable.isPresent()) {
            close(installable.get(), out);
            begin(out);
        } else if (more.votes().size() >= majority()) {
            propose(more, out);
        }
    }

    private Optional<Vote> vote(Ballot acceptedAt, Carried carried) {
        round = Math.max(round, acceptedAt.round());
        var base = offered == null ? founding() : offered;
        return Optional.ofNullable(Acceptor.resolve(carried, base, rules))
                .map(document -> new Vote(acceptedAt, document));
    }

    /** Makes the one proposal of this ballot. */
    private void propose(Phase.Preparing preparing, Outbox out) {
        var ballot = preparing.ballot();
        var base = rules.base(preparing.votes().values());
        var outcomes = new ArrayList<Phase.Outcome>();
        var proposal =
                rules.mustBeRepeated(base, generation()) ? repeat(base, outcomes) : edited(base, ballot, outcomes);
        phase = new Phase.Accepting(ballot, proposal, outcomes, Set.of(), Set.of());
        for (var voter : voters()) {
            var vote = preparing.votes().get(voter);
            // Who has not answered most likely has what the others have; if not, he says so.
            var carried = Carried.to(vote == null ? base : vote.document(), proposal);
            out.send(voter, new Message.Accept(generation(), ballot, carried));
        }
    }

    /** A closing document as it is. It answers for the edits that it holds; the others, and readers, go on in the next generation. */
    private Document repeat(Document closing, List<Phase.Outcome> outcomes) {
        for (var request : requests.values()) {
            if (request instanceof Request.ToEdit edit) {
                settled(closing, edit).ifPresent(answer -> outcomes.add(new Phase.Outcome(edit.number(), answer)));
            }
        }
        return closing;
    }

    private Document edited(Document base, Ballot ballot, List<Phase.Outcome> outcomes) {
        var draft = new DocumentDraft(base, generation(), settings.limits());
        var refusals = new LinkedHashMap<Long, Optional<Refusal>>();
        var decidedHere = new LinkedHashMap<EditId, Optional<Refusal>>();
        var reads = new ArrayList<Long>();
        var before = new ArrayList<Request.ToEdit>();
        for (var request : requests.values()) {
            switch (request) {
                case Request.ToRead read -> reads.add(read.number());
                case Request.ToEdit edit -> {
                    var twin = decidedHere.get(edit.id());
                    if (twin != null) {
                        refusals.put(edit.number(), twin);
                    } else if (standing(base, draft, edit.id()) != EditLedger.Standing.NEW) {
                        before.add(edit);
                    } else if (refusals.size() < settings.batch() && !draft.isClosing()) {
                        var refusal = draft.decide(edit.id(), edit.edit());
                        decidedHere.put(edit.id(), refusal);
                        refusals.put(edit.number(), refusal);
                    }
                }
            }
        }
        var proposal = draft.isChanged() ? draft.done(ballot) : base;
        if (!draft.isClosing()) {
            reads.forEach(read -> outcomes.add(new Phase.Outcome(read, new Answer.Read(proposal))));
        }
        before.forEach(edit ->
                settled(proposal, edit).ifPresent(answer -> outcomes.add(new Phase.Outcome(edit.number(), answer))));
        refusals.forEach((request, refusal) -> outcomes.add(new Phase.Outcome(
                request,
                refusal.<Answer>map(why -> new Answer.Refused(why, proposal))
                        .orElseGet(() -> new Answer.Applied(proposal)))));
        return proposal;
    }

    /** By the ledger so far: two edits of one batch may push a third one out of what is remembered. */
    private EditLedger.Standing standing(Document base, DocumentDraft draft, EditId id) {
        var standing = rules.standing(base, id);
        return standing == EditLedger.Standing.NEW && draft.isChanged()
                ? draft.edits().standing(id)
                : standing;
    }

    private Optional<Answer> settled(Document document, Request.ToEdit edit) {
        return switch (rules.standing(document, edit.id())) {
            case NEW -> Optional.empty();
            case APPLIED -> Optional.of(new Answer.Applied(document));
            case REFUSED ->
                Optional.of(new Answer.Refused(
                        new Refusal(Refusal.Code.BEFORE, "it was refused when it was tried first"), document));
            case FORGOTTEN -> Optional.of(new Answer.Forgotten(document));
        };
    }

    private void accepted(Phase.Accepting accepting, Outbox out) {
        phase = accepting;
        if (rules.isChosen(accepting.accepted(), voters())) {
            succeed(accepting.proposal(), accepting.outcomes(), out);
        }
    }

    private void succeed(Document chosen, List<Phase.Outcome> outcomes, Outbox out) {
        failures = 0;
        settling = 0;
        learn(chosen, out);
        for (var outcome : outcomes) {
            if (requests.remove(outcome.request()) != null) {
                out.answer(outcome.request(), outcome.answer());
            }
        }
        if (chosen.closes(generation())) {
            close(chosen, out);
        }
        begin(out);
    }

    private void learn(Document chosen, Outbox out) {
        if (known == null || chosen.version() > known.version()) {
            known = chosen;
            out.add(new Effect.Learned(chosen));
        }
    }

    /**
     * Shows a chosen closing document to all whom it concerns, and goes over to the generation that it founds. Those who do
     * not hear of it are told when they are next asked something.
     */
    private void close(Document chosen, Outbox out) {
        learn(chosen, out);
        var concerned = new LinkedHashSet<>(chosen.voters());
        concerned.addAll(voters());
        own.install(chosen);
        concerned.forEach(each -> out.send(each, new Message.Install(chosen)));
        failures = 0;
        settling = settings.settleAttempts();
    }

    private void rejected(Incarnation from, Ballot ballot, Ballot promised, Outbox out) {
        round = Math.max(round, promised.round());
        var rejected = switch (phase) {
            case Phase.Preparing preparing
            when rules.belongs(preparing.ballot(), ballot) -> {
                var more = preparing.rejectedBy(from);
                phase = more;
                yield more.rejected();
            }
            case Phase.Accepting accepting
            when rules.belongs(accepting.ballot(), ballot) -> {
                var more = accepting.rejectedBy(from);
                phase = more;
                yield more.rejected();
            }
            default -> Set.<Incarnation>of();
        };
        if (voters().size() - rejected.size() < majority()) {
            fail(out);
        }
    }

    private void fail(Outbox out) {
        failures++;
        settling = Math.max(0, settling - 1);
        if (requests.isEmpty() && settling == 0) {
            phase = IDLE;
            return;
        }
        if (failures % FAILURES_UNTIL_LOST == 0) {
            askTheWay(out);
        }
        phase = new Phase.Resting();
        attempt++;
        var pause = random.nextLong(settings.backOffMicros(failures)) + 1;
        out.add(new Effect.Wake(Effect.Timer.PROPOSER, attempt, pause));
    }

    /** Perhaps the voters that this node knows are long gone. Somebody may know newer ones. */
    private void askTheWay(Outbox out) {
        var nodes =
                List.copyOf((known == null ? founding() : known).body().nodes().values());
        var guides = new LinkedHashSet<>(voters());
        for (var i = 0; i < GUIDES && !nodes.isEmpty(); i++) {
            guides.add(nodes.get(random.nextInt(nodes.size())).incarnation());
        }
        guides.remove(self);
        guides.forEach(guide -> out.send(guide, new Message.Locate()));
        out.add(new Effect.Lost());
    }

    private Document founding() {
        return own.record().founding().orElseThrow();
    }

    private Generation generation() {
        return Generation.foundedBy(founding());
    }

    private List<Incarnation> voters() {
        return founding().voters();
    }

    private int majority() {
        return founding().majority();
    }
}
