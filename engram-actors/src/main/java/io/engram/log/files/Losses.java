package io.engram.log.files;

import io.engram.log.format.Values.Lost;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** What is missing of which log. */
class Losses {
    private final TreeMap<Long, List<Lost>> byLog = new TreeMap<>();

    void add(long log, Lost lost) {
        var known = byLog.computeIfAbsent(log, _ -> new ArrayList<>());
        if (!known.contains(lost)) {
            known.add(lost);
        }
    }

    void forget(long log) {
        byLog.remove(log);
    }

    boolean concerns(long log) {
        return byLog.containsKey(log);
    }

    List<Lost> of(long log) {
        return List.copyOf(byLog.getOrDefault(log, List.of()));
    }

    List<Long> logs() {
        return List.copyOf(byLog.keySet());
    }

    List<LostRange> ranges() {
        return byLog.entrySet().stream()
                .flatMap(each -> each.getValue().stream()
                        .map(lost -> new LostRange(each.getKey(), lost.first(), lost.last(), lost.cause())))
                .toList();
    }
}
