package io.engram.space;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** Which spaces exist, and which logs of deleted ones are still to be removed from disk. */
final class DirectoryState {
    private final Map<SpaceId, SpaceRecord> spaces = new TreeMap<>();
    private final Map<Long, SpaceRecord> toPurge = new TreeMap<>();
    private long lastIncarnation;
    private Instant lastTime = Instant.EPOCH;

    /** The directory's state as plain data. */
    record Snapshot(List<SpaceRecord> spaces, List<SpaceRecord> toPurge, long lastIncarnation, Instant lastTime) {
        /** One that was taken before the time of the last event was kept: at least as late as what it still shows. */
        Snapshot(List<SpaceRecord> spaces, List<SpaceRecord> toPurge, long lastIncarnation) {
            this(
                    spaces,
                    toPurge,
                    lastIncarnation,
                    Stream.concat(spaces.stream(), toPurge.stream())
                            .map(SpaceRecord::createdAt)
                            .max(Instant::compareTo)
                            .orElse(Instant.EPOCH));
        }
    }

    DirectoryState apply(DirectoryEvent event) {
        lastTime = nextTime(event.at());
        lastIncarnation = Math.max(lastIncarnation, event.incarnation());
        switch (event) {
            case DirectoryEvent.Registered e ->
                spaces.put(e.space(), new SpaceRecord(e.space(), e.incarnation(), e.at()));
            case DirectoryEvent.Removed e -> {
                SpaceRecord removed = spaces.remove(e.space());
                if (removed != null) {
                    toPurge.put(e.incarnation(), removed);
                }
            }
            case DirectoryEvent.Purged e -> toPurge.remove(e.incarnation());
        }
        return this;
    }

    Optional<SpaceRecord> find(SpaceId space) {
        return Optional.ofNullable(spaces.get(space));
    }

    Optional<SpaceRecord> awaitingPurge(long incarnation) {
        return Optional.ofNullable(toPurge.get(incarnation));
    }

    Collection<SpaceRecord> allAwaitingPurge() {
        return List.copyOf(toPurge.values());
    }

    List<SpaceRecord> all() {
        return new ArrayList<>(spaces.values());
    }

    /** The number for the {@code ahead}-th next log; never used before. */
    long incarnationAhead(int ahead) {
        return lastIncarnation + ahead;
    }

    /** The time for the next event: now, but never before the last one. */
    Instant nextTime(Instant now) {
        return now.isAfter(lastTime) ? now : lastTime;
    }

    Snapshot snapshot() {
        return new Snapshot(all(), new ArrayList<>(toPurge.values()), lastIncarnation, lastTime);
    }

    static DirectoryState restore(Snapshot snapshot) {
        var state = new DirectoryState();
        snapshot.spaces().forEach(s -> state.spaces.put(s.id(), s));
        snapshot.toPurge().forEach(s -> state.toPurge.put(s.incarnation(), s));
        state.lastIncarnation = snapshot.lastIncarnation();
        state.lastTime = snapshot.lastTime();
        return state;
    }
}
