package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Forces that this epoch was started here. Only then is anybody asked anything in its name, so that after a crash no second run
 * can act under it.
 *
 * <p>Usually the last active members are sealed next. If this very run leads the last active epoch, a seal is not needed: it
 * knows all that was committed, because it committed it. Then it promises the new epoch together with the start, which stops the
 * old one at the own copy; its own log is the start.
 */
final class Starting extends PrimaryPhase {
    private final Optional<Configuration> lastActive;
    private final @Nullable PrimaryLogs kept;
    private final @Nullable Term keptTerm;
    private boolean asking;
    private long retryAt;
    private final Backoff backoff;

    private Starting(
            ShardPrimary run,
            Configuration configuration,
            Optional<Configuration> lastActive,
            @Nullable PrimaryLogs kept,
            @Nullable Term keptTerm) {
        super(run, configuration);
        this.lastActive = lastActive;
        this.kept = kept;
        this.keptTerm = keptTerm;
        backoff = run.backoff();
    }

    static Starting bySeal(ShardPrimary run, Configuration configuration, Optional<Configuration> lastActive) {
        return new Starting(run, configuration, lastActive, null, null);
    }

    /** @param logs all of them forced by the own copy */
    static Starting byKeeping(ShardPrimary run, Configuration next, PrimaryLogs logs, Term term) {
        return new Starting(run, next, Optional.of(term.configuration), logs, term);
    }

    @Override
    void enter() {
        ask();
    }

    private void ask() {
        asking = true;
        retryAt = run.now + backoff.next();
        run.local.start(run.now, configuration().epoch(), kept != null, this::started);
    }

    private void started(boolean forced) {
        asking = false;
        if (run.configuration() != configuration() || run.isEnded()) {
            return;
        }
        if (!forced) {
            var state = run.local.state();
            if (!run.rules.mayStart(state, configuration().epoch())) {
                run.end("epoch %d cannot be opened here after %s"
                        .formatted(configuration().epoch(), state));
            }
            return;
        }
        if (kept != null && keptTerm != null) {
            var start = new TreeMap<LogName, Target>();
            run.local.tails().forEach((log, point) -> start.put(log, new Target(log, point, run.self)));
            var term = new Term(run, configuration(), lastActive, start);
            if (run.rules.carriesLeases()) {
                term.followers.forEach(f -> keptTerm.of(f.id).ifPresent(old -> f.leaseUntil = old.leaseUntil));
            }
            run.become(new Copying(run, term, Optional.of(kept)));
        } else if (lastActive.isPresent()) {
            run.become(new Sealing(run, configuration(), lastActive.get()));
        } else {
            var start = new TreeMap<LogName, Target>();
            start.put(LogName.DIRECTORY, new Target(LogName.DIRECTORY, LogPoint.START, run.self));
            run.become(new Copying(run, new Term(run, configuration(), lastActive, start), Optional.empty()));
        }
    }

    @Override
    void handle(ReplicaId from, Message.ToPrimary message) {}

    @Override
    void tick() {
        if (!asking && run.now >= retryAt) {
            ask();
        }
    }

    @Override
    long wakeAt() {
        return asking ? Long.MAX_VALUE : retryAt;
    }

    @Override
    void leave(String why) {
        if (kept != null) {
            kept.abandon(why);
        }
    }
}
