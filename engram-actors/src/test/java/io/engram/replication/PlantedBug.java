package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.Optional;

/** Rules of which one is broken: each a mistake that is easily made, and each has to be noticed. */
enum PlantedBug {
    /** An old primary's tail, never committed, wins over what was committed by copying. */
    THE_YOUNGEST_ENTRY_WINS(new Rules() {
        @Override
        boolean hasASay(SealAnswer answer, long highestAdopted) {
            return true;
        }

        @Override
        boolean wins(LogPoint one, LogPoint other) {
            return one.epoch() > other.epoch() || one.epoch() == other.epoch() && one.index() > other.index();
        }
    }),
    LONGER_TAILS_STAY(new Rules() {
        @Override
        boolean cutsLongerTails() {
            return false;
        }
    }),
    ADOPTED_IS_MARKED_BEFORE_THE_LAST_PIECE(new Rules() {
        @Override
        boolean marksAdoptedWithLastPiece() {
            return false;
        }
    }),
    EVERYTHING_IS_CUT_AND_COPIED_AGAIN(new Rules() {
        @Override
        boolean keepsCommonPrefix() {
            return false;
        }
    }),
    A_LATE_SNAPSHOT_TAKES_BACK_WHAT_CAME_SINCE(new Rules() {
        @Override
        boolean snapshotReplaces(LogPoint own, LogPoint snapshot) {
            return true;
        }
    }),
    ADOPTING_AGAIN_CUTS_WHAT_CAME_SINCE(new Rules() {
        @Override
        boolean mayAdopt(ShardState state, long epoch) {
            return epoch >= state.promised();
        }
    }),
    AN_EPOCH_IS_RESUMED_AFTER_A_RESTART(new Rules() {
        @Override
        boolean mayStart(ShardState state, long epoch) {
            return state.started() <= epoch && state.promised() <= epoch;
        }
    }),
    ONE_ANSWER_TO_A_SEAL_IS_ENOUGH(new Rules() {
        @Override
        int sealAnswers(Configuration lastActive, Configuration next) {
            return 1;
        }
    }),
    A_SEAL_IS_COUNTED_IN_THE_NEW_CONFIGURATION(new Rules() {
        @Override
        int sealAnswers(Configuration lastActive, Configuration next) {
            return Math.min(lastActive.members().size(), next.sealQuorum());
        }
    }),
    ENTRIES_OF_A_LOWER_EPOCH_ARE_TAKEN(new Rules() {
        @Override
        boolean takesEntries(ShardState state, long epoch) {
            return state.adopted() == epoch;
        }
    }),
    ACTIVATED_WITH_THE_OWN_COPY_ALONE(new Rules() {
        @Override
        int adoptions(Configuration configuration) {
            return 1;
        }
    }),
    A_SPACE_MADE_ANEW_HAS_ITS_OLD_LOG(new Rules() {
        @Override
        LogName logOf(String space, long created) {
            return new LogName(space, 1);
        }
    }),
    THE_PROMISE_GOES_WITH_THE_DATA(new Rules() {
        @Override
        ShardState afterRemoval(ShardState state) {
            return ShardState.NONE;
        }
    }),
    A_STALE_CONFIGURATION_REMOVES_DATA(new Rules() {
        @Override
        boolean mayRemove(ShardState state, Configuration active, ReplicaId self) {
            return !active.has(self);
        }
    }),
    A_LEASE_IS_FORGOTTEN_IN_A_CRASH(new Rules() {
        @Override
        boolean assumesLeaseAfterRestart(ShardState state, ReplicaId self) {
            return false;
        }
    }),
    A_LEASE_DOES_NOT_HOLD_THE_ONE_WHO_GAVE_IT(new Rules() {
        @Override
        boolean mayPromise(boolean leasedToAnother) {
            return true;
        }
    }),
    A_LEASE_IS_RELIED_ON_FOR_TOO_LONG(new Rules() {
        @Override
        long reliesOnLease(long leaseMicros, double clockRateError) {
            return 2 * leaseMicros;
        }
    }),
    READS_SHOW_WHAT_IS_NOT_COMMITTED(new Rules() {
        @Override
        long showable(long committed, long appended) {
            return appended;
        }
    }),
    STRICT_READS_ARE_CONFIRMED_BY_THE_PAST(new Rules() {
        @Override
        long confirmingRound(long lastRound) {
            return 0;
        }
    }),
    THE_OWN_COPY_COUNTS_BEFORE_IT_IS_FORCED(new Rules() {
        @Override
        long committed(long[] confirmed, Configuration configuration, long ownAppended) {
            var counted = confirmed.clone();
            counted[0] = ownAppended;
            java.util.Arrays.sort(counted);
            return counted[counted.length - configuration.quorum()];
        }
    }),
    A_MINORITY_COMMITS(new Rules() {
        @Override
        long committed(long[] confirmed, Configuration configuration, long ownAppended) {
            return confirmed[confirmed.length - Math.max(1, configuration.quorum() - 1)];
        }
    }),
    A_DAMAGED_COPY_COUNTS_IN_A_SEAL(new Rules() {
        @Override
        boolean counts(SealAnswer answer) {
            return true;
        }
    }),
    WHO_COMES_BACK_IS_TRUSTED(new Rules() {
        @Override
        long trusted(ReplicaId member, Optional<Configuration> lastActive, Configuration next) {
            return lastActive.filter(last -> last.has(member)).isEmpty() ? 0 : super.trusted(member, lastActive, next);
        }
    }),
    A_MEMBER_IS_TRUSTED_ALTHOUGH_IT_WAS_AWAY(new Rules() {
        @Override
        long trusted(ReplicaId member, Optional<Configuration> lastActive, Configuration next) {
            var epoch = super.trusted(member, lastActive, next);
            return epoch < next.epoch() ? 0 : epoch;
        }
    }),
    A_CONFIGURATION_THAT_BEARS_LESS_TRUSTS_ITS_MEMBERS(new Rules() {
        @Override
        long trusted(ReplicaId member, Optional<Configuration> lastActive, Configuration next) {
            return lastActive
                    .filter(last -> last.has(member))
                    .map(Configuration::epoch)
                    .orElseGet(() -> super.trusted(member, lastActive, next));
        }
    }),
    CHECKSUMS_ARE_NOT_COMPARED(new Rules() {
        @Override
        boolean agrees(LogPoint own, LogPoint other) {
            return own.index() == other.index();
        }
    });

    final Rules rules;

    PlantedBug(Rules rules) {
        this.rules = rules;
    }
}
