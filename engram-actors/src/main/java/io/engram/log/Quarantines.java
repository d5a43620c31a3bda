package io.engram.log;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.Values;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The logs that are not used because they are damaged. */
final class Quarantines {
    private static final Logger LOG = LoggerFactory.getLogger(Quarantines.class);

    private final ConcurrentHashMap<String, Quarantine> byLog = new ConcurrentHashMap<>();
    private final List<Consumer<Quarantine>> listeners = new CopyOnWriteArrayList<>();

    /** For damage that was met. */
    static Quarantine of(LogDamagedException damage) {
        return new Quarantine(damage.log(), describe(lost(damage)));
    }

    /** What a damage note says of damage that was met. */
    static List<Values.Lost> lost(LogDamagedException damage) {
        return List.of(new Values.Lost(damage.index(), damage.index(), damage.reason()));
    }

    /**
     * Reads the notes of an earlier run, or of the check before this one. A log that is whole again is used again, unless it was
     * quarantined by this run.
     */
    void load(OrderedStore store, LogDirectory directory) {
        var healed = new ArrayList<byte[]>();
        store.scan(Keys.start(Keys.DAMAGE_KIND), Keys.start(Keys.DAMAGE_KIND + 1), (key, value) -> {
            var name = nameOf(store, Keys.numberOf(key));
            if (byLog.containsKey(name)) {
                return true;
            }
            try {
                var lost = Values.damage(key, value);
                if (isWhole(store, directory, name, lost)) {
                    LOG.warn("Log '{}' was damaged ({}), but is whole now and used again.", name, describe(lost));
                    healed.add(key);
                } else {
                    add(new Quarantine(name, describe(lost)));
                }
            } catch (BadValueException e) {
                add(new Quarantine(name, "it was damaged, and so is the note of what was (" + e.getMessage() + ")"));
            }
            return true;
        });
        if (!healed.isEmpty()) {
            try (var batch = store.newBatch()) {
                healed.forEach(batch::delete);
                store.write(batch, true);
            }
        }
    }

    /** Whether everything that was said to be lost is there: a disk may misread once. */
    private static boolean isWhole(OrderedStore store, LogDirectory directory, String name, List<Values.Lost> lost) {
        if (lost.stream().anyMatch(each -> each.first() == 0)) {
            return false;
        }
        try {
            var handle = directory.pin(name);
            if (handle.isEmpty()) {
                return false;
            }
            directory.unpin(handle.get());
            var state = handle.get().published();
            if (lost.stream().anyMatch(each -> each.last() > state.last().index())) {
                return false;
            }
            EntryScan.read(store, handle.get(), 1, Long.MAX_VALUE - 1, Long.MAX_VALUE, entry -> true);
            return true;
        } catch (LogException e) {
            return false;
        }
    }

    private static String nameOf(OrderedStore store, long number) {
        var key = Keys.root(number);
        var root = store.get(key);
        try {
            return root.isPresent() ? Values.root(key, root.get()).name() : "number " + number;
        } catch (BadValueException e) {
            return "number " + number;
        }
    }

    /** The losses in words. */
    static String describe(List<Values.Lost> lost) {
        return lost.stream()
                .map(each -> (each.first() == 0
                                ? ""
                                : each.first() == each.last()
                                        ? "index %d: ".formatted(each.first())
                                        : "indexes %d to %d: ".formatted(each.first(), each.last()))
                        + each.cause())
                .collect(Collectors.joining("; "));
    }

    /** Whether the log was not quarantined before. */
    boolean add(Quarantine quarantine) {
        if (byLog.putIfAbsent(quarantine.log(), quarantine) != null) {
            return false;
        }
        LOG.error(
                "Log '{}' is damaged and not used until it has been repaired; the others go on. {}",
                quarantine.log(),
                quarantine.reason());
        listeners.forEach(listener -> listener.accept(quarantine));
        return true;
    }

    void remove(String log) {
        byLog.remove(log);
    }

    /** @throws LogQuarantinedException if the log is quarantined */
    void check(String log) {
        var quarantine = byLog.get(log);
        if (quarantine != null) {
            throw new LogQuarantinedException(quarantine);
        }
    }

    Optional<Quarantine> of(String log) {
        return Optional.ofNullable(byLog.get(log));
    }

    List<Quarantine> all() {
        var all = new ArrayList<>(byLog.values());
        all.sort(Comparator.comparing(Quarantine::log));
        return all;
    }

    int size() {
        return byLog.size();
    }

    void listen(Consumer<Quarantine> listener) {
        listeners.add(listener);
    }
}
