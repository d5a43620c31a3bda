package io.engram.cluster;

import io.engram.cluster.Joining.Decision;
import io.engram.cluster.Joining.Situation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/**
 * What a node that is in no membership yet decided before, and therefore may not decide now. Its support is a promise: as long as it says so,
 * and for {@link #BINDING} after it last said so, it supports nobody else, itself included. Who counts on a promise
 * asked for it within {@link #COUNTED}, by its own clock and before it was given, so that neither a message that took long nor
 * a process that stood still makes it count on one that has run out. Clocks are assumed to run equally fast within a factor of two. A process that
 * starts again has forgotten its promises; should two memberships come of that, the smaller one gives up later.
 *
 * <p>It has no clock and no threads of its own; one thread at a time may use it.
 */
final class Candidacy {
    /** So long a promise binds after it was given last. */
    static final Duration BINDING = Duration.ofSeconds(6);

    /** So old the question may be that was answered with a promise. */
    static final Duration COUNTED = Duration.ofSeconds(3);

    private Optional<HostPort> promised = Optional.empty();
    private boolean isSaid;
    /** When it was certainly not said any more; empty while it may be. */
    private Optional<Long> unsaidNanos = Optional.empty();

    private @Nullable Decision last;
    private boolean hasBegun;

    /** Whom this node tells others that it supports; to be told before the next decision. */
    Optional<HostPort> told() {
        return isSaid ? promised : Optional.empty();
    }

    /** What was decided last. */
    Optional<Decision> last() {
        return Optional.ofNullable(last);
    }

    /**
     * Decides.
     *
     * @param supporters see {@link Introductions#supporters}
     * @param nanos the time now
     */
    Decision decide(
            Hello own,
            List<Hello> met,
            Set<UUID> supporters,
            Set<UUID> catalog,
            List<HostPort> unmet,
            boolean hasLooked,
            Duration since,
            long nanos) {
        if (hasBegun) {
            return new Decision.Begin();
        }
        if (!isSaid && promised.isPresent()) {
            var unsaid = unsaidNanos.orElse(nanos);
            unsaidNanos = Optional.of(unsaid);
            if (nanos - unsaid >= BINDING.toNanos()) {
                promised = Optional.empty();
            }
        }
        var decision = Joining.decide(new Situation(own, met, supporters, promised, catalog, unmet, hasLooked, since));
        // Who is first may change within moments, while news goes round; a promise lasts longer.
        isSaid = decision instanceof Decision.Wait wait && wait.isPromise() && decision.equals(last);
        if (isSaid) {
            promised = Optional.of(((Decision.Wait) decision).supported());
            unsaidNanos = Optional.empty();
        }
        hasBegun = decision instanceof Decision.Begin;
        last = decision;
        return decision;
    }
}
