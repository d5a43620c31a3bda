package io.engram.proof;

import io.engram.proof.Target.Answer;
import io.engram.proof.Target.Change;
import io.engram.proof.Target.Found;
import io.engram.proof.Target.Reply;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * What was asked for and what was answered, and the comparison with what is there. Of each text it knows what was
 * acknowledged last and which changes since then are open; what is there must be one of these. A comparison takes place
 * after a restart, when nothing is in flight; what it found is from then on held like an acknowledgement, since it was
 * shown to somebody.
 *
 * <p>A text has one writer at a time, and is left alone while a change of it is open.
 */
public final class Ledger {
    /** Where a text is. */
    record Place(String space, String token) {}

    /** What is known of a text. */
    private static final class State {
        /** The text that was acknowledged last; empty: it is not there. */
        Optional<String> settled = Optional.empty();

        final List<Change> open = new ArrayList<>();
        Optional<String> id = Optional.empty();
        int versions;
        /** Which acknowledgement the last one was, of all. */
        long acknowledgedAt;
    }

    private final Map<Place, State> states =
            new TreeMap<>(java.util.Comparator.comparing(Place::space).thenComparing(Place::token));
    private final List<String> faults = new ArrayList<>();
    private long acknowledged;
    private long unanswered;
    private long reads;

    /** A change that is about to be asked for. */
    synchronized Change begin(String space, String token, boolean removes, boolean choosesId, String key) {
        var state = states.computeIfAbsent(new Place(space, token), place -> new State());
        if (!state.open.isEmpty()) {
            throw new IllegalStateException(token + " has an open change");
        }
        Optional<String> text = removes ? Optional.empty() : Optional.of(Texts.text(space, token, ++state.versions));
        var id = state.id.isPresent() || choosesId ? state.id : Optional.of(token);
        var change = new Change(space, token, id, text, state.settled.isPresent(), key);
        state.open.add(change);
        return change;
    }

    synchronized void end(Change change, Reply reply) {
        var state = state(change);
        switch (reply.answer()) {
            case DONE -> {
                state.acknowledgedAt = ++acknowledged;
                state.settled = change.text();
                state.open.clear();
                state.id = change.text().isPresent() ? reply.id().or(change::id) : Optional.empty();
            }
            case WRONG -> faults.add("%s/%s: %s".formatted(change.space(), change.token(), reply.words()));
            case OPEN, GONE -> unanswered++;
        }
    }

    /** The id of a text that is there for certain, and of which nothing is open. */
    synchronized Optional<String> idOf(Place place) {
        return isThere(place.space(), place.token())
                ? Optional.ofNullable(states.get(place)).flatMap(state -> state.id)
                : Optional.empty();
    }

    /** Holds a read of its only writer, who waits for nothing, against what was acknowledged. */
    synchronized void read(Place place, Target.Read read) {
        var state = states.get(place);
        reads++;
        if (state != null && state.open.isEmpty() && !state.settled.equals(read.text())) {
            faults.add("%s/%s: a read saw %s after %s was acknowledged"
                    .formatted(
                            place.space(),
                            place.token(),
                            read.text().map(Ledger::shortened).orElse("nothing"),
                            state.settled.map(Ledger::shortened).orElse("its removal")));
        }
    }

    private State state(Change change) {
        var state = states.get(new Place(change.space(), change.token()));
        if (state == null) {
            throw new IllegalStateException("never begun: " + change);
        }
        return state;
    }

    /** Changes whose outcome is open, to be asked for again as they were. */
    synchronized List<Change> open() {
        return states.values().stream().flatMap(state -> state.open.stream()).toList();
    }

    /** Whether the text is there for certain, and nothing is open. */
    synchronized boolean isThere(String space, String token) {
        var state = states.get(new Place(space, token));
        return state != null && state.open.isEmpty() && state.settled.isPresent();
    }

    /** How many writes got no good answer in the end. */
    public synchronized long unanswered() {
        return unanswered;
    }

    public synchronized long acknowledged() {
        return acknowledged;
    }

    public synchronized String summary() {
        return "%d acknowledged, %d without a good answer, %d texts, %d reads between"
                .formatted(acknowledged, unanswered, states.size(), reads);
    }

    /** What is not as it was answered. */
    public enum Fault {
        /** Acknowledged, and not there. */
        LOST,
        /** Removed, and there again. */
        BACK,
        /** There, but as it never was, or twice, or never sent. */
        WRONG,
        /** A client was told something that contradicts an earlier answer. */
        ANSWERED_WRONGLY
    }

    /**
     * A difference.
     *
     * @param age how many acknowledgements there were after the one that is not kept
     */
    public record Difference(Fault fault, String space, long age, String words) {}

    /**
     * Holds what is there against what was answered; every difference is a line. What is there counts as acknowledged
     * from now on.
     */
    public synchronized List<String> compare(Map<String, List<Found>> everything) {
        var result = differences(everything).stream().map(Difference::words).toList();
        var there = places(everything);
        faults.clear();
        states.forEach((place, state) -> {
            var found = Optional.ofNullable(there.get(place));
            state.settled = found.map(Found::text);
            state.id = found.map(Found::id);
            state.open.clear();
        });
        return result;
    }

    private static Map<Place, Found> places(Map<String, List<Found>> everything) {
        Map<Place, Found> there = new HashMap<>();
        everything.forEach((space, found) -> found.forEach(each -> Texts.wholeToken(space, each.text())
                .ifPresent(token -> there.putIfAbsent(new Place(space, token), each))));
        return there;
    }

    /** Holds what is there against what was answered, and changes nothing. */
    public synchronized List<Difference> differences(Map<String, List<Found>> everything) {
        var result = new ArrayList<Difference>();
        faults.forEach(words -> result.add(new Difference(Fault.ANSWERED_WRONGLY, "", 0, words)));
        var seen = new HashSet<Place>();
        everything.forEach((space, found) -> {
            for (var each : found) {
                var token = Texts.wholeToken(space, each.text());
                var place = token.map(name -> new Place(space, name));
                var words = "";
                if (place.isEmpty()) {
                    words = "not as it was written";
                } else if (!states.containsKey(place.get())) {
                    words = "nobody ever sent it";
                } else if (!seen.add(place.get())) {
                    words = "there twice";
                }
                if (!words.isEmpty()) {
                    result.add(new Difference(
                            Fault.WRONG, space, 0, "%s: %s: %s".formatted(space, words, shortened(each.text()))));
                }
            }
        });
        var there = places(everything);
        states.forEach((place, state) -> {
            var text = Optional.ofNullable(there.get(place)).map(Found::text);
            var allowed = new HashSet<Optional<String>>();
            allowed.add(state.settled);
            state.open.forEach(change -> allowed.add(change.text()));
            if (!allowed.contains(text)) {
                var fault = text.isEmpty()
                        ? Fault.LOST
                        : state.settled.isEmpty() && state.open.isEmpty() ? Fault.BACK : Fault.WRONG;
                result.add(new Difference(
                        fault, place.space(), acknowledged - state.acknowledgedAt, difference(place, state, text)));
            }
        });
        return result;
    }

    private static String difference(Place place, State state, Optional<String> text) {
        var where = place.space() + "/" + place.token();
        if (text.isEmpty()) {
            return where + ": acknowledged, and lost: " + shortened(state.settled.orElse("?"));
        }
        if (state.settled.isEmpty() && state.open.isEmpty()) {
            return where + ": removed, and back again: " + shortened(text.get());
        }
        return "%s: %s is there, and %s was acknowledged"
                .formatted(
                        where,
                        shortened(text.get()),
                        state.settled.map(Ledger::shortened).orElse("its removal"));
    }

    private static String shortened(String text) {
        return "'" + (text.length() > 80 ? text.substring(0, 80) + "…" : text) + "'";
    }

    /** Whether an answer ends the client that got it. */
    static boolean endsClient(Reply reply) {
        return reply.answer() == Answer.GONE;
    }
}
