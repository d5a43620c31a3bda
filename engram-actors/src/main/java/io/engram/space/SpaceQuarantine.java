package io.engram.space;

import io.engram.health.HealthCheck;
import io.engram.health.HealthCheck.Result;
import io.engram.health.HealthStatus;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The damaged logs of this node's spaces: what the log store has found, and what a space met when it was opened. A space
 * in quarantine answers everything with the reason and is never opened; nothing of it is cut off or repaired here.
 */
final class SpaceQuarantine {
    private static final Logger LOG = LoggerFactory.getLogger(SpaceQuarantine.class);
    private static final int NAMED = 5;

    private final SpaceLogs logs;
    private final Map<String, String> reasons = new ConcurrentSkipListMap<>();
    private final Map<String, Consumer<String>> watchers = new ConcurrentHashMap<>();

    private SpaceQuarantine(SpaceLogs logs) {
        this.logs = logs;
    }

    static SpaceQuarantine of(SpaceLogs logs) {
        var quarantine = new SpaceQuarantine(logs);
        logs.onDamage(damage -> quarantine.add(damage.log(), damage.reason()));
        logs.damaged().forEach(damage -> quarantine.add(damage.log(), damage.reason()));
        return quarantine;
    }

    /** Why this log may not be used; empty if it may. */
    Optional<String> reason(String log) {
        var known = Optional.ofNullable(reasons.get(log));
        if (known.isPresent()) {
            return known;
        }
        var found = logs.damage(log);
        found.ifPresent(reason -> add(log, reason));
        return found;
    }

    /** Enters a log; the first time it is said, and whoever watches it is told. */
    void add(String log, String reason) {
        if (reasons.putIfAbsent(log, reason) != null) {
            return;
        }
        LOG.atError()
                .addKeyValue("log", log)
                .log(
                        "{} is in quarantine because its log is damaged: {}. It answers nothing until that is healed,"
                                + " all others go on; engram validate data lists what of it can be read",
                        subject(log),
                        reason);
        var watcher = watchers.get(log);
        if (watcher != null) {
            watcher.accept(reason);
        }
    }

    /** Takes a log out, because it is gone. */
    void remove(String log) {
        if (reasons.remove(log) != null) {
            LOG.info("{} is no longer in quarantine: its damaged log was removed", subject(log));
        }
    }

    /** Has {@code watcher} told the reason if the log is found damaged, or is already; it must be quick. */
    void watch(String log, Consumer<String> watcher) {
        watchers.put(log, watcher);
        reason(log).ifPresent(watcher);
    }

    void unwatch(String log, Consumer<String> watcher) {
        watchers.remove(log, watcher);
    }

    int size() {
        return reasons.size();
    }

    /** The answer to whoever asks for something of this log. */
    static EngramException refusal(String log, String reason) {
        return EngramException.quarantined(
                log.equals(DirectoryActor.PERSISTENCE_ID)
                        ? "the directory of memory spaces is damaged, so that no space can be made or deleted, and of"
                                + " one without a log nobody can say whether it exists: " + reason
                        : subject(log) + " is in quarantine because its log is damaged: " + reason);
    }

    HealthCheck health() {
        return HealthCheck.of("damaged_spaces", "storage", () -> {
            var now = List.copyOf(reasons.entrySet());
            if (now.isEmpty()) {
                return Result.healthy("no space's log is known to be damaged");
            }
            var named = now.stream()
                    .limit(NAMED)
                    .map(each -> subject(each.getKey()) + " (" + each.getValue() + ")")
                    .collect(Collectors.joining("; "));
            var more = now.size() > NAMED ? "; and " + (now.size() - NAMED) + " more" : "";
            var message = now.size() + " in quarantine: " + named + more;
            return reasons.containsKey(DirectoryActor.PERSISTENCE_ID)
                    ? new Result(HealthStatus.UNHEALTHY, message, HealthStatus.DEGRADED)
                    : Result.degraded(message);
        });
    }

    private static String subject(String log) {
        if (log.equals(DirectoryActor.PERSISTENCE_ID)) {
            return "the directory of memory spaces";
        }
        return SpaceRecord.idOf(log).map(id -> "memory space '" + id + "'").orElse("log '" + log + "'");
    }
}
