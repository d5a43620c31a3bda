package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.Optional;

/**
 * Every decision on which it depends that nothing acknowledged is lost, forked or read stale. They stand here together so
 * that they can be read together, and so that tests can break one at a time and see that it is noticed.
 *
 * <p>In short. A <em>configuration</em> of n replicas has an epoch and one primary; q = n/2 + 1 of them are a majority, and any n
 * - q + 1 of them meet every majority. An entry is <em>committed</em> once q members have forced it under one epoch. To go
 * from one configuration to the next, the new primary <em>seals</em> n - q + 1 members of the last active one, so that
 * nothing more can be committed there; <em>chooses</em> from what they answer a start that holds all that was committed; lets q
 * members of the new configuration <em>adopt</em> exactly that start; and only then has the catalog <em>activate</em> the epoch.
 */
class Rules {
    /** The rules as they are. */
    static final Rules STRICT = new Rules();

    /**
     * An epoch is opened once, by one run of one process, which has forced that it did before it asks anybody. After a restart
     * nobody knows any more what was sent in the name of the epoch, so it takes another one.
     */
    boolean mayStart(ShardState state, long epoch) {
        return state.started() < epoch && state.promised() <= epoch;
    }

    /** A promise is never taken back, and it is only raised when no other primary can be reading under a lease from here. */
    boolean mayPromise(boolean leasedToAnother) {
        return !leasedToAnother;
    }

    /**
     * Which lease a restarted replica has to assume that it gave: one to the primary of the epoch that it adopted. If that was a
     * process of this same folder it is dead, since only one process has the folder.
     */
    boolean assumesLeaseAfterRestart(ShardState state, ReplicaId self) {
        return state.adopted() > 0
                && state.leaseMicros() > 0
                && !state.primary().filter(self::equals).isPresent();
    }

    /**
     * Entries are taken only by one that holds the epoch's start and has promised nothing higher. One that merely promised may
     * hold tails that the epoch's start does not have.
     */
    boolean takesEntries(ShardState state, long epoch) {
        return epoch >= state.promised() && state.adopted() == epoch;
    }

    /** Who has adopted an epoch is not told to adopt it again by a late message: it may hold more by now. */
    boolean mayAdopt(ShardState state, long epoch) {
        return epoch >= state.promised() && state.adopted() < epoch;
    }

    /**
     * From which epoch on a copy must have adopted one, so that what it has is taken for good as it is; another one reads it back
     * before it adopts. Damage that nobody has met is borne because no more than q - 1 members of the last active configuration
     * have any. That says nothing of old data that was not counted there and is now: of one that was no member, or was away. Nor
     * is it enough for a configuration that bears less. There the damage has to be met first. A failover among the same members
     * needs none of it and is as quick as it can be.
     */
    long trusted(ReplicaId member, Optional<Configuration> lastActive, Configuration next) {
        if (lastActive.isEmpty()) {
            return 0;
        }
        var last = lastActive.get();
        return last.has(member) && last.quorum() <= next.quorum() ? last.epoch() : next.epoch();
    }

    /** Where a log ends by which a shard is compared; by nature everything that it has. */
    boolean agrees(LogPoint own, LogPoint other) {
        return own.index() == other.index() && own.checksum() == other.checksum();
    }

    /** What is behind the start of the epoch goes: it was never committed, and must not win in a later choice. */
    boolean cutsLongerTails() {
        return true;
    }

    /** Nothing that both have is ever removed while copying, since it may be committed and this copy may be counted on. */
    boolean keepsCommonPrefix() {
        return true;
    }

    /** The mark of adoption is forced together with the last missing piece of the last log, not before. */
    boolean marksAdoptedWithLastPiece() {
        return true;
    }

    /** A snapshot takes the place of a log only if it goes further: a late one must not take back what came since. */
    boolean snapshotReplaces(LogPoint own, LogPoint snapshot) {
        return own.index() < snapshot.index();
    }

    /** How many members of the last active configuration have to answer a seal. */
    int sealAnswers(Configuration lastActive, Configuration next) {
        return lastActive.sealQuorum();
    }

    /** An answer of one whose data is damaged proves nothing about what is not there. */
    boolean counts(SealAnswer answer) {
        return answer.whole();
    }

    /**
     * Of the answers only those with the highest adopted epoch have a say. An entry's own epoch does not matter: a tail that was
     * written last but never committed would win over what a later epoch committed by copying.
     */
    boolean hasASay(SealAnswer answer, long highestAdopted) {
        return answer.adopted() == highestAdopted;
    }

    /** Whether one tail wins over another among those who have a say. They are prefixes of each other. */
    boolean wins(LogPoint one, LogPoint other) {
        return one.index() > other.index();
    }

    /** How many members of the new configuration have to have adopted the whole shard before it is activated. */
    int adoptions(Configuration configuration) {
        return configuration.quorum();
    }

    /**
     * How far a log is committed: as far as a majority has confirmed to have forced it in this epoch.
     *
     * @param confirmed by each member, ascending
     */
    long committed(long[] confirmed, Configuration configuration, long ownAppended) {
        return confirmed[confirmed.length - configuration.quorum()];
    }

    /** A space's log takes entries only once its creation is committed, since the log is named by its place. */
    boolean mayAppend(long created, long directoryCommitted) {
        return created <= directoryCommitted;
    }

    /** The name of the log of a space that was created by this entry. */
    LogName logOf(String space, long created) {
        return new LogName(space, created);
    }

    /**
     * Without a seal an epoch may only follow on another in the very run that activated that one and still leads it; its own
     * log, which holds all that was committed, is then the start.
     */
    boolean keepsPrimary(boolean activeInThisRun) {
        return activeInThisRun;
    }

    /**
     * How long the primary relies on a lease of this length, from the moment when it asked. The replica counts from receipt,
     * which is later; either clock may be wrong by a fraction r, the primary's slow and the replica's fast.
     */
    long reliesOnLease(long leaseMicros, double clockRateError) {
        return (long) (leaseMicros * (1 - clockRateError) / (1 + clockRateError));
    }

    /** Leases end with the epoch in which they were given, even if the primary stays. */
    boolean carriesLeases() {
        return false;
    }

    /** How far a log may be shown: only what is committed. */
    long showable(long committed, long appended) {
        return committed;
    }

    /** The question by which a strict read is confirmed is asked after the read began. */
    long confirmingRound(long lastRound) {
        return lastRound + 1;
    }

    /** Data goes only if an active configuration at least as new as all that was promised and adopted here can do without it. */
    boolean mayRemove(ShardState state, Configuration active, ReplicaId self) {
        return active.epoch() >= state.promised() && active.epoch() >= state.adopted() && !active.has(self);
    }

    /** What stays when the data goes. */
    ShardState afterRemoval(ShardState state) {
        return state.withoutData();
    }
}
