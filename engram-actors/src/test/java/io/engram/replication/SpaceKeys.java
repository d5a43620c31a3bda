package io.engram.replication;

import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The spaces of a shard on its primary, as far as the simulator needs them: which keys each has stored, so that a retry is
 * answered and not stored twice. Made from the log when an epoch opens, and brought on by what is committed.
 */
final class SpaceKeys {
    /** An append that is under way. */
    record UnderWay(LogName log, String key) {}

    private final TreeMap<LogName, Map<String, Long>> stored = new TreeMap<>();
    private final Map<UnderWay, Boolean> underWay = new HashMap<>();
    private final TreeMap<LogName, Long> atOpening = new TreeMap<>();
    private final TreeMap<LogName, Long> applied = new TreeMap<>();

    /** All that is in this copy is committed. */
    void reset(StoredShard shard) {
        stored.clear();
        underWay.clear();
        applied.clear();
        atOpening.clear();
        shard.logs().forEach((log, content) -> {
            atOpening.put(log, content.last().index());
            apply(content, log, content.last().index());
        });
    }

    /** Learns what a log holds up to an index, at least what it held when the epoch opened. False if damage is in the way. */
    boolean apply(StoredLog content, LogName log, long known) {
        var index = Math.max(known, atOpening.getOrDefault(log, 0L));
        if (log.isDirectory()) {
            return true;
        }
        var from = applied.getOrDefault(log, 0L);
        var contents = content.contentsUpTo(index);
        if (contents.isEmpty()) {
            return false;
        }
        var keys = stored.computeIfAbsent(log, _ -> new HashMap<>());
        for (var i = from + 1; i <= index; i++) {
            var key = contents.get().get((int) i - 1);
            keys.put(key, i);
            underWay.remove(new UnderWay(log, key));
        }
        applied.merge(log, index, Math::max);
        return true;
    }

    /** At which index a key is stored; 0 if it is not known to be. */
    long indexOf(LogName log, String key) {
        return stored.getOrDefault(log, Map.of()).getOrDefault(key, 0L);
    }

    boolean isUnderWay(LogName log, String key) {
        return underWay.containsKey(new UnderWay(log, key));
    }

    void begin(LogName log, String key) {
        underWay.put(new UnderWay(log, key), true);
    }

    void stored(LogName log, String key, long index) {
        stored.computeIfAbsent(log, _ -> new HashMap<>()).put(key, index);
        underWay.remove(new UnderWay(log, key));
    }

    /** It was refused, and nothing of it is in the log. */
    void refused(LogName log, String key) {
        underWay.remove(new UnderWay(log, key));
    }
}
