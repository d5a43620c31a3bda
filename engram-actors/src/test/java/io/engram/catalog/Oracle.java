package io.engram.catalog;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Sees everything, the disks of all nodes and all messages, and says what is wrong. It decides by the definitions alone what
 * is chosen: a document that a majority of a generation's voters has on disk, accepted at one ballot; and for the first one,
 * that all who were named have agreed.
 *
 * <p>What must hold:
 *
 * <ul>
 *   <li>what has one id is one document, and at one ballot at most one document is proposed;
 *   <li>for each version at most one document is chosen, and of two chosen ones one is the ancestor of the other;
 *   <li>whatever document is taken for a founding one, or is shown to a client, was chosen before, or was built upon;
 *   <li>an edit that was acknowledged is in every later document, once; one that was refused is in none;
 *   <li>a reader gets nothing older than what was chosen when he began.
 * </ul>
 */
final class Oracle {
    /** What is wrong. */
    static final class Violation extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Violation(String what) {
            super(what);
        }
    }

    private record At(Generation generation, Ballot ballot) {}

    private final Map<DocumentId, Document> documents = new HashMap<>();
    private final Map<At, DocumentId> proposals = new HashMap<>();
    private final Map<At, Set<Incarnation>> acceptances = new HashMap<>();
    private final Map<DocumentId, Set<Incarnation>> agreements = new HashMap<>();
    private final Map<DocumentId, List<Incarnation>> named = new HashMap<>();
    private final Set<DocumentId> chosen = new HashSet<>();
    private final TreeMap<Long, Document> chain = new TreeMap<>();
    private final Set<String> applied = new HashSet<>();
    private final Set<String> refused = new HashSet<>();
    private final Map<String, EditId> winners = new HashMap<>();
    private long generations;
    /** Of what was seen so far; 0 if that is not known. */
    private long hash;

    /** Another one that has seen the same. */
    Oracle copy() {
        var copy = new Oracle();
        copy.documents.putAll(documents);
        copy.proposals.putAll(proposals);
        acceptances.forEach((at, by) -> copy.acceptances.put(at, new HashSet<>(by)));
        copy.chosen.addAll(chosen);
        copy.chain.putAll(chain);
        copy.applied.addAll(applied);
        copy.refused.addAll(refused);
        copy.winners.putAll(winners);
        copy.generations = generations;
        return copy;
    }

    /** What it has seen, as far as that matters for what it will say. */
    long hash() {
        if (hash == 0) {
            hash = computeHash();
        }
        return hash;
    }

    private long computeHash() {
        var sum = 0L;
        for (var each : acceptances.entrySet()) {
            sum += Hash.of(
                    1,
                    Hash.of(each.getKey().generation()),
                    Hash.of(each.getKey().ballot()),
                    Hash.ofSet(each.getValue()));
        }
        for (var each : proposals.entrySet()) {
            sum += Hash.of(2, Hash.of(each.getKey().ballot()), Hash.of(each.getValue()));
        }
        for (var each : chain.values()) {
            sum += Hash.of(3, Hash.of(each.id()));
        }
        for (var each : applied) {
            sum += Hash.of(4, Hash.of(each));
        }
        for (var each : refused) {
            sum += Hash.of(5, Hash.of(each));
        }
        return sum;
    }

    /** A cluster that is there already. */
    void assume(Document founding) {
        hash = 0;
        see(founding);
        choose(founding);
    }

    /** The newest chosen document. */
    @Nullable
    Document tip() {
        return chain.isEmpty() ? null : chain.lastEntry().getValue();
    }

    long tipVersion() {
        return chain.isEmpty() ? 0 : chain.lastKey();
    }

    /** How many generations came to be. */
    long generations() {
        return generations;
    }

    /** Every set of voters that may have a say from now on: the newest chosen one, and all that were ever proposed after it. */
    List<List<Incarnation>> possibleVoters() {
        var all = new ArrayList<List<Incarnation>>();
        var newest = chain.values().stream().filter(Document::closing).reduce((_, later) -> later);
        var from = newest.map(document -> document.id().generation()).orElse(-1L);
        for (var document : documents.values()) {
            if (document.closing() && document.id().generation() >= from) {
                all.add(document.voters());
            }
        }
        return all;
    }

    void sent(Message message) {
        hash = 0;
        if (message instanceof Message.Accept(var generation, var ballot, var carried)) {
            if (carried instanceof Carried.Whole(var document)) {
                see(document);
            }
            var before = proposals.putIfAbsent(new At(generation, ballot), carried.id());
            require(before == null || before.equals(carried.id()), "two documents are proposed at " + ballot);
        } else if (message instanceof Message.Install(var founding)) {
            requireChosen(founding, "installed");
        }
    }

    /** A node goes on with this record, on disk or not. */
    void written(AcceptorRecord record) {
        record.founding().ifPresent(founding -> {
            see(founding);
            requireChosen(founding, "taken for a founding document");
            require(founding.closing(), founding + " founds nothing");
        });
        record.accepted().ifPresent(this::see);
        record.vote().ifPresent(vote -> see(vote.founding()));
    }

    /** A node has this record on its disk. */
    void durable(Incarnation node, AcceptorRecord record) {
        hash = 0;
        record.vote().ifPresent(vote -> {
            var id = vote.founding().id();
            named.put(id, vote.named());
            var agreed = agreements.computeIfAbsent(id, _ -> new HashSet<>());
            agreed.add(node);
            if (agreed.containsAll(vote.named())) {
                choose(vote.founding());
            }
        });
        if (record.accepted().isPresent() && !record.acceptedAt().equals(Ballot.ZERO)) {
            var founding = record.founding().orElseThrow();
            var document = record.accepted().get();
            var at = new At(Generation.foundedBy(founding), record.acceptedAt());
            var by = acceptances.computeIfAbsent(at, _ -> new HashSet<>());
            by.add(node);
            if (by.size() >= founding.majority()) {
                choose(document);
            }
        }
    }

    private void choose(Document document) {
        if (!chosen.add(document.id())) {
            return;
        }
        var tip = tip();
        if (tip == null) {
            require(document.version() == 1, "the first chosen document is " + document);
            extend(document);
        } else if (document.version() <= tip.version()) {
            var same = chain.get(document.version());
            require(same != null && same.id().equals(document.id()), document + " is chosen beside " + same);
        } else {
            var path = new ArrayList<Document>();
            for (var each = document; each.version() > tip.version(); ) {
                path.add(each);
                var parent = documents.get(each.parent().orElseThrow());
                if (parent == null) {
                    throw new Violation("nobody has seen the parent of " + each);
                }
                each = parent;
                require(
                        each.version() != tip.version() || each.id().equals(tip.id()),
                        document + " is chosen, and " + tip + " is not its ancestor");
            }
            path.reversed().forEach(this::extend);
        }
    }

    private void extend(Document document) {
        var before = tip();
        chain.put(document.version(), document);
        var steps = steps(document);
        var once = new HashSet<>(steps);
        require(once.size() == steps.size(), document + " holds an edit twice: " + steps);
        if (before != null) {
            require(once.containsAll(steps(before)), document + " lost an edit of " + before);
            for (var shard : before.body().shards().values()) {
                var now = document.body().shards().get(shard.number());
                require(
                        now.isPresent() && now.get().epoch() >= shard.epoch(),
                        "shard %d went back in %s".formatted(shard.number(), document));
            }
        }
        require(once.containsAll(applied), document + " lacks an acknowledged edit");
        for (var each : refused) {
            require(!once.contains(each), document + " holds the refused edit " + each);
        }
        if (document.closing()) {
            generations++;
        }
    }

    /** The keys of the edits that a document holds, as often as it holds them. */
    static List<String> steps(Document document) {
        var steps = new ArrayList<String>();
        for (var operation : document.body().operations().values()) {
            operation.steps().forEach(step -> steps.add(step.text()));
        }
        return steps;
    }

    /**
     * A client was answered.
     *
     * @param id of the edit
     * @param key of the edit, which is a step of an operation; empty for other edits
     * @param winner what only one edit can win, or empty
     */
    void answered(EditId id, String key, String winner, Answer answer) {
        hash = 0;
        answer.chosen().ifPresent(document -> requireInChain(document, "a client was shown"));
        switch (answer) {
            case Answer.Applied(var document) -> {
                if (!key.isEmpty()) {
                    require(steps(document).contains(key), document + " does not hold " + key);
                    applied.add(key);
                }
                if (!winner.isEmpty()) {
                    var other = winners.putIfAbsent(winner, id);
                    require(other == null || other.equals(id), "two edits won " + winner);
                }
            }
            case Answer.Refused(var ignored, var document) -> {
                require(!steps(document).contains(key), document + " holds " + key + ", which was refused");
                never(key);
            }
            case Answer.Forgotten(var document) -> {
                if (!steps(document).contains(key)) {
                    never(key);
                }
            }
            case Answer.Read _, Answer.Unknown _, Answer.NotTried _ -> {}
        }
    }

    /** This edit is not applied, and will not be. */
    void never(String key) {
        hash = 0;
        var tip = tip();
        if (!key.isEmpty()) {
            require(tip == null || !steps(tip).contains(key), "the edit " + key + " was applied after all");
            refused.add(key);
        }
    }

    void read(long chosenBefore, Document document) {
        requireInChain(document, "a reader got");
        require(
                document.version() >= chosenBefore,
                "a reader got version %d, and version %d was chosen before"
                        .formatted(document.version(), chosenBefore));
    }

    private void see(Document document) {
        var before = documents.putIfAbsent(document.id(), document);
        require(
                before == null || before == document || before.equals(document),
                "two documents have id " + document.id());
    }

    private void requireChosen(Document document, String what) {
        require(chosen.contains(document.id()), document + " is " + what + ", and was not chosen");
    }

    private void requireInChain(Document document, String what) {
        var same = chain.get(document.version());
        require(
                same != null && same.id().equals(document.id()),
                what + " " + document + ", which was not chosen; the newest is " + tip());
    }

    private static void require(boolean condition, String what) {
        if (!condition) {
            throw new Violation(what);
        }
    }
}
