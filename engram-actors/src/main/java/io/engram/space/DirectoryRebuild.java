package io.engram.space;

import java.io.NotSerializableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Makes the directory of spaces anew of what can be read of a damaged one and of the names of the spaces' logs. What it
 * says of a space counts; where it says nothing, a space that has a log is taken to exist. What was so guessed is told.
 */
public final class DirectoryRebuild {
    /** The name of the directory's log. */
    public static final String LOG = DirectoryActor.PERSISTENCE_ID;
    /** What the names of the spaces' logs begin with. */
    public static final String SPACES = SpaceRecord.PREFIX;
    /** The number of the serializer that reads and writes what is {@link Stored}. */
    public static final int SERIALIZER = SpaceSerializer.IDENTIFIER;

    private final Map<SpaceId, SpaceRecord> spaces = new TreeMap<>();
    private final Map<Long, SpaceRecord> toPurge = new TreeMap<>();
    private final Map<Long, SpaceId> ids = new HashMap<>();
    private final Set<Long> removed = new HashSet<>();
    private final List<String> guesses = new ArrayList<>();
    private long lastIncarnation;
    private Instant lastTime = Instant.EPOCH;

    private DirectoryRebuild() {}

    /**
     * An event of the directory, or its state.
     *
     * @param index of the entry; for a state, of the last entry that it covers
     */
    public record Stored(long index, String manifest, byte[] bytes) {}

    /**
     * The new directory.
     *
     * @param events to write, in order from index 1
     * @param times of these events
     * @param spaces that exist by it
     * @param guesses what is not certain, each in words
     */
    public record Rebuilt(List<Stored> events, List<Instant> times, List<SpaceId> spaces, List<String> guesses) {
        public Rebuilt {
            events = List.copyOf(events);
            times = List.copyOf(times);
            spaces = List.copyOf(spaces);
            guesses = List.copyOf(guesses);
        }
    }

    /**
     * @param snapshot the newest state that can be read
     * @param events the events that can be read, in order; there may be holes between them
     * @param logs those of spaces
     */
    public static Rebuilt of(Optional<Stored> snapshot, List<Stored> events, Collection<SpaceLogs.Kept> logs) {
        var rebuild = new DirectoryRebuild();
        rebuild.read(snapshot, events);
        var byLogs = SpacesByLogs.all(logs);
        byLogs.forEach(rebuild::hold);
        rebuild.tellOfThoseWithout(byLogs);
        return rebuild.result();
    }

    private void read(Optional<Stored> snapshot, List<Stored> events) {
        var state = new DirectoryState();
        var covered = 0L;
        if (snapshot.isPresent() && decoded(snapshot.get()) instanceof DirectoryState.Snapshot known) {
            state = DirectoryState.restore(known);
            covered = snapshot.get().index();
        }
        for (var each : events) {
            if (decoded(each) instanceof DirectoryEvent event) {
                if (!(event instanceof DirectoryEvent.Registered)) {
                    removed.add(event.incarnation());
                }
                ids.put(event.incarnation(), event.space());
                if (each.index() > covered) {
                    state.apply(event);
                }
            }
        }
        var known = state.snapshot();
        known.spaces().forEach(space -> spaces.put(space.id(), space));
        known.toPurge().forEach(space -> toPurge.put(space.incarnation(), space));
        lastIncarnation = known.lastIncarnation();
        lastTime = known.lastTime();
    }

    private Object decoded(Stored stored) {
        try {
            return SpaceCodec.decode(stored.manifest(), stored.bytes());
        } catch (NotSerializableException | RuntimeException e) {
            guesses.add("entry %d of the directory can be read and not understood: %s"
                    .formatted(stored.index(), e.getMessage()));
            return "";
        }
    }

    /** Holds a space that has a log against what is known so far; they come by incarnation. */
    private void hold(SpaceRecord byLog) {
        var number = byLog.incarnation();
        lastIncarnation = Math.max(lastIncarnation, number);
        var known = spaces.get(byLog.id());
        if (known != null && known.incarnation() == number || toPurge.containsKey(number)) {
            return;
        }
        // An id is entered anew only after it was struck out.
        if (removed.contains(number) || known != null && known.incarnation() > number) {
            toPurge.put(number, byLog);
            guesses.add("log '%s' is of a space that was deleted; the next start removes it"
                    .formatted(byLog.persistenceId()));
            return;
        }
        if (known != null) {
            toPurge.put(known.incarnation(), known);
        }
        spaces.put(byLog.id(), byLog);
        guesses.add(
                "memory space '%s' is known by its log '%s' alone: when it was made is not known, nor whether it was"
                                .formatted(byLog.id(), byLog.persistenceId())
                        + " being deleted");
    }

    private void tellOfThoseWithout(List<SpaceRecord> byLogs) {
        var withLog = new HashSet<Long>();
        byLogs.forEach(space -> withLog.add(space.incarnation()));
        spaces.values().stream()
                .filter(space -> !withLog.contains(space.incarnation()))
                .forEach(space ->
                        guesses.add("memory space '%s' has no log: nothing was stored in it, or it was deleted since"
                                .formatted(space.id())));
    }

    private Rebuilt result() {
        var all = new ArrayList<>(spaces.values());
        all.addAll(toPurge.values());
        // By incarnation: whoever is entered later under the same id has the place.
        all.sort(Comparator.comparingLong(SpaceRecord::incarnation));
        var events = new ArrayList<DirectoryEvent>();
        for (var space : all) {
            events.add(new DirectoryEvent.Registered(space.id(), space.incarnation(), space.createdAt()));
            if (toPurge.containsKey(space.incarnation())) {
                events.add(new DirectoryEvent.Removed(space.id(), space.incarnation(), space.createdAt()));
            }
        }
        var highest = all.isEmpty() ? 0 : all.getLast().incarnation();
        if (lastIncarnation > highest) {
            // Nothing is left of that one, but its number must not be given again.
            Optional.ofNullable(ids.get(lastIncarnation))
                    .or(() -> all.stream().findFirst().map(SpaceRecord::id))
                    .ifPresent(id -> events.add(new DirectoryEvent.Purged(id, lastIncarnation, lastTime)));
        }
        var stored = new ArrayList<Stored>();
        for (var event : events) {
            stored.add(new Stored(stored.size() + 1, SpaceCodec.manifest(event), SpaceCodec.encode(event)));
        }
        return new Rebuilt(
                stored, events.stream().map(DirectoryEvent::at).toList(), List.copyOf(spaces.keySet()), guesses);
    }
}
