package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.random.RandomGenerator;

/**
 * Leads a shard through an epoch: opens it, and takes appends and reads while it is active. One such object is one run; it
 * leads one epoch after another only as long as it keeps leading without a break. When its process dies, the epoch is over.
 *
 * <pre>
 * {@link Starting}    force that the epoch was started here, so that no other run ever does
 * {@link Sealing}     ask the last active members for their promise and their tails; choose the start
 * {@link Copying}     bring the own copy, then a majority of the new members, to exactly that start
 * {@link Activating}  have the catalog make the epoch active
 * {@link Active}      append, commit, answer; bring the others up
 * {@link Ended}       somebody else leads, or nobody
 * </pre>
 *
 * The phases share what stands here: who they are, the rules, and the way to the network and to the node's own copy. The own
 * copy is a member like the others and is talked to by the same messages; so the own disk counts when it has forced, and not
 * before.
 */
final class ShardPrimary {
    final ShardId shard;
    final ReplicaId self;
    final ReplicationSettings settings;
    final Rules rules;
    final LogReader reader;
    final ShardReplica local;
    final Outbox out;
    private final RandomGenerator random;
    long now;
    private PrimaryPhase phase;

    /**
     * Begins to open an epoch.
     *
     * @param configuration whose primary this node is
     * @param lastActive empty only for a shard that never had an active epoch
     */
    ShardPrimary(
            ShardId shard,
            ReplicaId self,
            ReplicationSettings settings,
            Rules rules,
            LogReader reader,
            ShardReplica local,
            RandomGenerator random,
            Outbox out,
            long now,
            Configuration configuration,
            Optional<Configuration> lastActive) {
        this.shard = shard;
        this.self = self;
        this.settings = settings;
        this.rules = rules;
        this.reader = reader;
        this.local = local;
        this.random = random;
        this.out = out;
        this.now = now;
        phase = Starting.bySeal(this, configuration, lastActive);
        phase.enter();
    }

    Configuration configuration() {
        return phase.configuration();
    }

    boolean isActive() {
        return phase instanceof Active;
    }

    boolean isEnded() {
        return phase instanceof Ended;
    }

    /** What it is doing, for people. */
    String describe() {
        return phase.describe();
    }

    // ---- what happens ----

    void handle(long nowMicros, ReplicaId from, Message.ToPrimary message) {
        now = nowMicros;
        if (message.epoch() != configuration().epoch() || isEnded()) {
            return;
        }
        if (message instanceof Message.Fenced fenced) {
            end("%s has promised epoch %d".formatted(from, fenced.promised()));
        } else {
            phase.handle(from, message);
        }
    }

    void tick(long nowMicros) {
        now = nowMicros;
        phase.tick();
    }

    long wakeAt() {
        return phase.wakeAt();
    }

    /** The catalog has made the epoch active. */
    void activated(long nowMicros, long epoch) {
        now = nowMicros;
        if (epoch == configuration().epoch() && phase instanceof Activating activating) {
            activating.activated();
        }
    }

    /** The catalog knows a higher epoch, which somebody else is to lead. */
    void superseded(long nowMicros, long epoch) {
        now = nowMicros;
        if (epoch > configuration().epoch() && !isEnded()) {
            end("the catalog has epoch " + epoch);
        }
    }

    /** The node is stopping. */
    void close(long nowMicros, String why) {
        now = nowMicros;
        if (!isEnded()) {
            end(why);
        }
    }

    /**
     * The catalog has an opening epoch with the same primary.
     *
     * @return false if this run cannot keep the lead without a seal: a new run has to open that epoch
     */
    boolean reconfigure(long nowMicros, Configuration next) {
        now = nowMicros;
        if (next.primary().equals(self)
                && next.epoch() > configuration().epoch()
                && phase instanceof Active active
                && rules.keepsPrimary(true)) {
            active.changeTo(next);
            return true;
        }
        return false;
    }

    // ---- requests ----

    void append(
            long nowMicros, long request, LogName log, long first, List<NewEntry> entries, Level level, long deadline) {
        now = nowMicros;
        if (phase instanceof Active active) {
            active.append(request, log, first, entries, level, deadline);
        } else {
            refuse(request);
        }
    }

    void create(long nowMicros, long request, String space, long timeMicros, long deadline) {
        now = nowMicros;
        if (phase instanceof Active active) {
            active.create(request, space, timeMicros, deadline);
        } else {
            refuse(request);
        }
    }

    void delete(long nowMicros, long request, String space, long timeMicros, long deadline) {
        now = nowMicros;
        if (phase instanceof Active active) {
            active.delete(request, space, timeMicros, deadline);
        } else {
            refuse(request);
        }
    }

    Optional<List<LogName>> spaces() {
        return phase instanceof Active active ? Optional.of(active.spaces()) : Optional.empty();
    }

    List<Progress> progress() {
        return phase instanceof Active active ? active.progress() : List.of();
    }

    OptionalLong everywhere(LogName log) {
        return phase instanceof Active active ? active.everywhere(log) : OptionalLong.empty();
    }

    void read(long nowMicros, long request, String space, boolean strict, long deadline) {
        now = nowMicros;
        if (phase instanceof Active active) {
            active.read(request, space, strict, deadline);
        } else {
            refuse(request);
        }
    }

    private void refuse(long request) {
        answer(request, new Outcome.Refused(isEnded() ? Outcome.Reason.NOT_PRIMARY : Outcome.Reason.CHANGING));
    }

    // ---- for the phases ----

    void become(PrimaryPhase next) {
        phase = next;
        next.enter();
    }

    /** Stops at once. What was not committed is answered as unknown. */
    void end(String why) {
        var ended = phase;
        phase = new Ended(this, ended.configuration(), why);
        ended.leave(why);
        out.put(new Output.Closed(ended.configuration().epoch(), why));
    }

    void send(ReplicaId to, Message message) {
        out.put(new Output.Send(to, message));
    }

    void answer(long request, Outcome outcome) {
        out.put(new Output.Answer(request, outcome));
    }

    Backoff backoff() {
        return new Backoff(settings, random);
    }

    /** The own copy's point at an index, from memory or from the disk. */
    Optional<LogPoint> point(PrimaryLog log, long index) {
        return log.point(index).or(() -> reader.point(log.name, index));
    }
}
