package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * A shard on one node: its copy, and the primary while this node leads. The node feeds it with what happens and then does what
 * {@link #takeOutputs} says. All times are of the node's own clock, see the package.
 *
 * <p>Not safe for use by several threads at once. When the node dies nothing of it is left but what it had forced; a new one
 * is made from that.
 */
public final class Shard {
    private final ShardId id;
    private final ReplicaId self;
    private final ReplicationSettings settings;
    private final Rules rules;
    private final LogReader reader;
    private final RandomGenerator random;
    private final ShardReplica replica;
    private @Nullable ShardPrimary primary;
    private final ArrayDeque<Message> toSelf = new ArrayDeque<>();
    private List<Output> outputs = new ArrayList<>();

    /** @param random for the jitter of pauses */
    public Shard(
            ShardId id,
            ReplicaId self,
            ReplicationSettings settings,
            LogReader reader,
            RandomGenerator random,
            long now) {
        this(id, self, settings, Rules.STRICT, reader, random, now);
    }

    Shard(
            ShardId id,
            ReplicaId self,
            ReplicationSettings settings,
            Rules rules,
            LogReader reader,
            RandomGenerator random,
            long now) {
        this.id = id;
        this.self = self;
        this.settings = settings;
        this.rules = rules;
        this.reader = reader;
        this.random = random;
        replica = new ShardReplica(id, self, settings, rules, reader, random, this::put, now);
    }

    private void put(Output output) {
        if (output instanceof Output.Send send && send.to().equals(self)) {
            toSelf.add(send.message());
        } else {
            outputs.add(output);
        }
    }

    /** What is to be done since it was asked last, in order. */
    public List<Output> takeOutputs() {
        var taken = outputs;
        outputs = new ArrayList<>();
        return taken;
    }

    // ---- what happens ----

    /** A message has come. */
    public void receive(long now, ReplicaId from, Message message) {
        dispatch(now, from, message);
        settle(now);
    }

    private void dispatch(long now, ReplicaId from, Message message) {
        switch (message) {
            case Message.ToReplica request -> replica.handle(now, from, request);
            case Message.ToPrimary answer -> {
                if (primary != null) {
                    primary.handle(now, from, answer);
                }
            }
        }
    }

    /** The two roles of a node talk to each other without the network. */
    private void settle(long now) {
        for (var message = toSelf.poll(); message != null; message = toSelf.poll()) {
            dispatch(now, self, message);
        }
    }

    /** A forced write is on the disk. */
    public void forced(long now, long ticket) {
        replica.forced(now, ticket);
        settle(now);
    }

    /** A forced write was refused, and nothing of it has happened. */
    public void refused(long now, long ticket) {
        replica.refused(now, ticket);
        settle(now);
    }

    /** A snapshot that was to be fetched is on the disk. */
    public void snapshotFetched(long now, LogName log, LogPoint point) {
        replica.snapshotFetched(now, log, point);
        settle(now);
    }

    /** A snapshot could not be fetched. */
    public void snapshotFailed(long now, LogName log) {
        replica.snapshotFailed(now, log);
        settle(now);
    }

    /** Entries were found that cannot be read. */
    public void damaged(long now, LogName log, Hole hole) {
        replica.damaged(now, log, hole);
        settle(now);
    }

    /** The time has come that {@link #wakeAt} named, or any other. */
    public void tick(long now) {
        replica.tick(now);
        if (primary != null) {
            primary.tick(now);
        }
        settle(now);
    }

    /** When {@link #tick} has something to do next; {@link Long#MAX_VALUE}: never. */
    public long wakeAt() {
        return Math.min(replica.wakeAt(), primary == null ? Long.MAX_VALUE : primary.wakeAt());
    }

    // ---- the catalog ----

    /**
     * The catalog has an opening configuration with this node as the primary.
     *
     * @param lastActive the last one that was active; empty only if there never was one
     */
    public void open(long now, Configuration configuration, Optional<Configuration> lastActive) {
        var current = primary;
        if (current != null) {
            var epoch = current.configuration().epoch();
            if (epoch >= configuration.epoch()) {
                return;
            }
            var leadsLastActive =
                    lastActive.filter(last -> last.epoch() == epoch).isPresent();
            if (leadsLastActive && current.reconfigure(now, configuration)) {
                settle(now);
                return;
            }
            current.superseded(now, configuration.epoch());
        }
        primary = new ShardPrimary(
                id, self, settings, rules, reader, replica, random, this::put, now, configuration, lastActive);
        settle(now);
    }

    /** The catalog says that a configuration is active. */
    public void active(long now, Configuration configuration) {
        replica.peers(configuration.members());
        if (primary != null) {
            primary.activated(now, configuration.epoch());
            primary.superseded(now, configuration.epoch());
        }
        replica.left(now, configuration);
        settle(now);
    }

    /** The catalog knows an opening epoch that another node is to lead. */
    public void superseded(long now, long epoch) {
        if (primary != null) {
            primary.superseded(now, epoch);
        }
        settle(now);
    }

    /** The node gives up the lead, for instance because it is stopping. */
    public void close(long now, String why) {
        if (primary != null) {
            primary.close(now, why);
        }
        settle(now);
    }

    // ---- requests, answered by outputs ----

    /**
     * Appends entries to a space's log.
     *
     * @param first the index that the first of them has to get, so that of two who both think that they are the only writer
     *     one is refused as {@link Outcome.Reason#STALE}; 0 for the next one, whichever that is
     */
    public void append(
            long now, long request, LogName log, long first, List<NewEntry> entries, Level level, long deadline) {
        if (primary == null) {
            refuse(request);
        } else {
            primary.append(now, request, log, first, entries, level, deadline);
        }
        settle(now);
    }

    /** Creates a space; the answer names its log. */
    public void create(long now, long request, String space, long timeMicros, long deadline) {
        if (primary == null) {
            refuse(request);
        } else {
            primary.create(now, request, space, timeMicros, deadline);
        }
        settle(now);
    }

    /** Deletes a space with its log. */
    public void delete(long now, long request, String space, long timeMicros, long deadline) {
        if (primary == null) {
            refuse(request);
        } else {
            primary.delete(now, request, space, timeMicros, deadline);
        }
        settle(now);
    }

    /**
     * Asks what may be shown of a space, at least all that was acknowledged before.
     *
     * @param strict whether a majority is to be asked even under a lease
     */
    public void read(long now, long request, String space, boolean strict, long deadline) {
        if (primary == null) {
            refuse(request);
        } else {
            primary.read(now, request, space, strict, deadline);
        }
        settle(now);
    }

    private void refuse(long request) {
        put(new Output.Answer(request, new Outcome.Refused(Outcome.Reason.NOT_PRIMARY)));
    }

    /** A snapshot at this index is on the disk: the entries up to it may go, as far as they are committed. */
    public void compact(long now, LogName log, long index) {
        replica.compact(now, log, index);
        settle(now);
    }

    // ---- questions ----

    /** What the copy has promised and adopted, on the disk. */
    public ShardState state() {
        return replica.state();
    }

    /** Whether nothing is damaged here. */
    public boolean isWhole() {
        return replica.isWhole();
    }

    /** How far a log is committed and here; what a reader may be shown who does not mind being behind. */
    public long committed(LogName log) {
        return replica.committed(log);
    }

    /**
     * What a reader may be shown of a space who does not mind being behind.
     *
     * @param log the space's; empty if as far as this copy knows there is no such space
     * @param committed up to where it is known to be committed, and is here; of the directory if there is no space
     * @param last where it ends on this node's disk
     */
    public record Copy(Optional<LogName> log, long committed, long last) {}

    /** This node's copy of a space; empty while the copy has adopted nothing, so that it says nothing of any space. */
    public Optional<Copy> copy(String space) {
        return replica.copy(space);
    }

    /** The logs of the spaces that are there; empty unless this node leads an active epoch. */
    public Optional<List<LogName>> spaces() {
        return primary == null ? Optional.empty() : primary.spaces();
    }

    /** How far each member of the active epoch has come; empty unless this node leads one. */
    public List<Progress> progress() {
        return primary == null ? List.of() : primary.progress();
    }

    /**
     * Up to where every member of the active epoch has forced a log; empty unless this node leads one and the log is
     * there.
     */
    public OptionalLong everywhere(LogName log) {
        return primary == null ? OptionalLong.empty() : primary.everywhere(log);
    }

    public boolean isActivePrimary() {
        return primary != null && primary.isActive();
    }

    /** The epoch that this node leads or opens. */
    public Optional<Configuration> leads() {
        return primary == null || primary.isEnded() ? Optional.empty() : Optional.of(primary.configuration());
    }

    /** What it is doing, for people. */
    public String describe() {
        return "%s %s%s".formatted(id, state(), primary == null ? "" : ", " + primary.describe());
    }
}
