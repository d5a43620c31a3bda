package io.engram.catalog;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;

/**
 * Asks new voters whether they are there before they are made voters. A change of voters to nodes that do not answer could
 * be chosen all the same, and would leave a catalog that nobody can change. It is a precaution: they may still be gone the
 * moment after.
 */
final class Readiness {
    private record Waiting(long request, EditId id, Edit edit, Set<Incarnation> missing) {}

    private final CatalogSettings settings;
    private final LinkedHashMap<Long, Waiting> waiting = new LinkedHashMap<>();
    private long nonce;

    Readiness(CatalogSettings settings) {
        this.settings = settings;
    }

    Readiness copy() {
        var copy = new Readiness(settings);
        waiting.forEach((key, each) -> copy.waiting.put(
                key, new Waiting(each.request(), each.id(), each.edit(), new HashSet<>(each.missing()))));
        copy.nonce = nonce;
        return copy;
    }

    boolean isFull() {
        return waiting.size() >= settings.requests();
    }

    void check(long request, EditId id, Edit edit, Generation generation, List<Incarnation> voters, Outbox out) {
        nonce++;
        waiting.put(nonce, new Waiting(request, id, edit, new HashSet<>(voters)));
        voters.forEach(voter -> out.send(voter, new Message.AskReady(generation.cluster(), nonce)));
        out.add(new Effect.Wake(Effect.Timer.READINESS, nonce, settings.readyMicros()));
    }

    /** Once all have answered the edit is proposed. */
    void ready(Incarnation from, long ofNonce, Proposer proposer, Outbox out) {
        var check = waiting.get(ofNonce);
        if (check != null && check.missing().remove(from) && check.missing().isEmpty()) {
            waiting.remove(ofNonce);
            proposer.edit(check.request(), check.id(), check.edit(), out);
        }
    }

    void woken(long token, Outbox out) {
        var check = waiting.remove(token);
        if (check != null) {
            out.answer(
                    check.request(),
                    new Answer.NotTried(
                            Answer.Why.NOT_READY,
                            check.missing().stream().sorted().toList()));
        }
    }

    void expire(long request, Outbox out) {
        if (waiting.values().removeIf(each -> each.request() == request)) {
            out.answer(request, new Answer.Unknown());
        }
    }

    List<Long> requests() {
        var all = new ArrayList<Long>();
        waiting.values().forEach(each -> all.add(each.request()));
        return all;
    }
}
