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

    private record Damaged(Quarantine quarantine, List<Values.Lost> lost) {}

    private final ConcurrentHashMap<String, Damaged> byLog = new ConcurrentHashMap<>();
    private final List<Consumer<Quarantine>> listeners = new CopyOnWriteArrayList<>();

    /** What a damage note says of damage that was met. */
    static List<Values.Lost> lost(LogDamagedException damage) {
        return List.of(new Values.Lost(damage.from(), damage.index(), damage.reason()));
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
                    add(name, lost);
                }
            } catch (BadValueException e) {
                var cause = "it was damaged, and so is the note of what was (" + e.getMessage() + ")";
                add(name, List.of(new Values.Lost(0, 0, cause)));
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

    /**
     * Damage was met.
     *
     * @return what is to be noted: all that is known of the log; nothing if this was known before
     */
    List<Values.Lost> add(LogDamagedException damage) {
        var lost = lost(damage);
        if (add(damage.log(), lost)) {
            return lost;
        }
        var grown = new ArrayList<Values.Lost>();
        byLog.computeIfPresent(damage.log(), (log, known) -> {
            if (known.lost().stream().anyMatch(each -> covers(each, damage.index()))) {
                return known;
            }
            grown.addAll(known.lost());
            grown.addAll(lost);
            return new Damaged(new Quarantine(log, describe(grown)), List.copyOf(grown));
        });
        return grown;
    }

    private static boolean covers(Values.Lost lost, long index) {
        return lost.first() == 0 || lost.first() <= index && index <= lost.last();
    }

    private static boolean covers(Values.Lost lost, Values.Lost other) {
        return lost.first() == 0 || lost.first() <= other.first() && other.last() <= lost.last();
    }

    /** Whether the log was not quarantined before. */
    boolean add(String log, List<Values.Lost> lost) {
        var quarantine = new Quarantine(log, describe(lost));
        if (byLog.putIfAbsent(log, new Damaged(quarantine, List.copyOf(lost))) != null) {
            return false;
        }
        LOG.error(
                "Log '{}' is damaged and not used until it has been repaired; the others go on. {}",
                quarantine.log(),
                quarantine.reason());
        listeners.forEach(listener -> listener.accept(quarantine));
        return true;
    }

    /**
     * A log has been mended, in whole or in part.
     *
     * @param before what was known to be lost when it was; what has been met since then stays
     * @param after what is still lost of that
     */
    void heal(String log, List<Values.Lost> before, List<Values.Lost> after) {
        byLog.compute(log, (name, known) -> {
            var lost = new ArrayList<>(after);
            (known == null ? List.<Values.Lost>of() : known.lost())
                    .stream()
                            .filter(each -> before.stream().noneMatch(earlier -> covers(earlier, each)))
                            .forEach(lost::add);
            if (lost.isEmpty()) {
                LOG.warn("Log '{}' was damaged ({}), and is whole and used again.", name, describe(before));
                return null;
            }
            return new Damaged(new Quarantine(name, describe(lost)), List.copyOf(lost));
        });
    }

    /** All that is known to be lost of a log that somebody holds, also what kept it from being loaded. */
    List<Values.Lost> lost(LogHandle handle) {
        var lost = lost(handle.name);
        var damage = handle.damage();
        if (damage.isEmpty()) {
            return lost;
        }
        var all = new ArrayList<>(lost);
        if (all.stream().noneMatch(each -> covers(each, damage.get().index()))) {
            all.addAll(lost(damage.get()));
        }
        var end = handle.published().last().index();
        if (end < handle.highest && damage.get().index() != 0) {
            all.removeIf(each -> each.first() > end && each.last() <= handle.highest);
            all.add(new Values.Lost(end + 1, handle.highest, damage.get().reason()));
        }
        return List.copyOf(all);
    }

    void remove(String log) {
        byLog.remove(log);
    }

    /** @throws LogQuarantinedException if the log is quarantined */
    void check(String log) {
        var damaged = byLog.get(log);
        if (damaged != null) {
            throw new LogQuarantinedException(damaged.quarantine());
        }
    }

    Optional<Quarantine> of(String log) {
        return Optional.ofNullable(byLog.get(log)).map(Damaged::quarantine);
    }

    /** What is known to be damaged of a log. */
    List<Values.Lost> lost(String log) {
        var damaged = byLog.get(log);
        return damaged == null ? List.of() : damaged.lost();
    }

    List<Quarantine> all() {
        return byLog.values().stream()
                .map(Damaged::quarantine)
                .sorted(Comparator.comparing(Quarantine::log))
                .toList();
    }

    int size() {
        return byLog.size();
    }

    void listen(Consumer<Quarantine> listener) {
        listeners.add(listener);
    }
}
