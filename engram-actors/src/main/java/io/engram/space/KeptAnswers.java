package io.engram.space;

import java.time.Duration;
import java.time.Instant;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The answers that a space keeps for retries: those of the last {@code window}, and of these the last {@code limit}.
 * Time is that of the events, so that a replay keeps exactly what the first run kept.
 */
final class KeptAnswers {

    /** What was answered to a request. */
    sealed interface Answer {
        SpaceEvent.RequestKey request();

        Instant at();

        record Remembered(SpaceEvent.RequestKey request, RememberReceipt receipt, Instant at) implements Answer {}

        record Forgotten(SpaceEvent.RequestKey request, ForgetReceipt receipt, Instant at) implements Answer {}
    }

    private final Duration window;
    private final int limit;
    private final Map<String, Answer> byKey = new LinkedHashMap<>();

    KeptAnswers(Duration window, int limit) {
        this.window = window;
        this.limit = limit;
    }

    Optional<Answer> get(String key) {
        return Optional.ofNullable(byKey.get(key));
    }

    void put(Answer answer) {
        byKey.remove(answer.request().key());
        byKey.put(answer.request().key(), answer);
        forgetOld(answer.at());
    }

    /** Oldest first. */
    List<Answer> all() {
        return List.copyOf(byKey.values());
    }

    private void forgetOld(Instant now) {
        Instant horizon = now.minus(window);
        Iterator<Answer> oldestFirst = byKey.values().iterator();
        while (oldestFirst.hasNext()) {
            Answer answer = oldestFirst.next();
            if (byKey.size() <= limit && !answer.at().isBefore(horizon)) {
                return;
            }
            oldestFirst.remove();
        }
    }
}
