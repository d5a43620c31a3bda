package io.engram.node;

import io.engram.log.DamagedCellException;
import io.engram.log.LogClosedException;
import io.engram.log.LogDamagedException;
import io.engram.log.LogException;
import io.engram.log.LogFailedException;
import io.engram.log.LogFullException;
import io.engram.log.LogInUseException;
import io.engram.log.LogOpenException;
import io.engram.log.LogOutcomeUnknownException;
import io.engram.log.LogOverloadedException;
import io.engram.log.LogQuarantinedException;
import io.engram.log.LogStore;
import io.engram.log.Quarantine;
import io.engram.log.StaleWriterException;
import io.engram.log.format.Entry;
import io.engram.space.EngramException;
import io.engram.space.SpaceLogs;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;
import java.util.function.Function;

/** The node's log store, as its spaces see it. */
final class LogsOfSpaces implements SpaceLogs {
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final int LOGS_AT_ONCE = 1_000;

    private final LogStore store;
    private final Function<String, CompletionStage<Void>> drop;

    /**
     * @param drop removes a log with its snapshots
     */
    LogsOfSpaces(LogStore store, Function<String, CompletionStage<Void>> drop) {
        this.store = store;
        this.drop = drop;
    }

    @Override
    public Optional<EngramException> refusal() {
        return store.refusal().map(LogsOfSpaces::refused);
    }

    @Override
    public Optional<String> damage(String log) {
        return store.quarantined(log).map(Quarantine::reason);
    }

    @Override
    public List<Damage> damaged() {
        return store.quarantined().stream().map(LogsOfSpaces::damage).toList();
    }

    @Override
    public void onDamage(Consumer<Damage> listener) {
        store.onQuarantine(found -> listener.accept(damage(found)));
    }

    private static Damage damage(Quarantine found) {
        return new Damage(found.log(), found.reason());
    }

    @Override
    public CompletionStage<List<Kept>> kept(String prefix) {
        return CompletableFuture.supplyAsync(
                () -> keptIn(store, prefix),
                task -> Thread.ofPlatform().daemon().name("engram-find-logs").start(task));
    }

    /** As {@link #kept}, on the caller's thread. */
    static List<Kept> keptIn(LogStore store, String prefix) {
        var kept = new ArrayList<Kept>();
        var after = "";
        List<String> names;
        do {
            names = store.logs(prefix, after, LOGS_AT_ONCE);
            for (var name : names) {
                kept.add(new Kept(name, since(store, name)));
                after = name;
            }
        } while (names.size() == LOGS_AT_ONCE);
        return kept;
    }

    private static Optional<Instant> since(LogStore store, String log) {
        try {
            var base = store.base(log);
            var micros = base.index() > 0
                    ? base.timeMicros()
                    : store.entry(log, 1).map(Entry::timeMicros).orElse(0L);
            return Optional.of(Instant.EPOCH.plus(micros, ChronoUnit.MICROS)).filter(Instant.EPOCH::isBefore);
        } catch (LogException e) {
            // It is damaged, which is said elsewhere.
            return Optional.empty();
        }
    }

    @Override
    public CompletionStage<Void> drop(String log) {
        return drop.apply(log);
    }

    @Override
    public EngramException afterFailedWrite(Throwable failure) {
        return switch (logsWord(failure)) {
            case LogFailedException e ->
                EngramException.outcomeUnknownUntilRestart(
                        "the log failed while the write was on its way: " + e.getMessage());
            case LogOutcomeUnknownException e -> EngramException.outcomeUnknown(String.valueOf(e.getMessage()));
            case LogException e -> refused(e);
            case Throwable e -> EngramException.outcomeUnknown("the write was lost on its way to the log: " + e);
        };
    }

    @Override
    public EngramException afterFailedRead(Throwable failure) {
        return switch (logsWord(failure)) {
            case LogException e -> refused(e);
            case Throwable e -> EngramException.unavailable("the log cannot be read: " + e, RETRY_AFTER);
        };
    }

    /** What the log said, from within whatever Pekko wrapped around it; else the failure itself. */
    private static Throwable logsWord(Throwable failure) {
        for (var cause = failure; cause != null; cause = cause.getCause()) {
            if (cause instanceof LogException) {
                return cause;
            }
        }
        return EngramException.reasonOf(failure);
    }

    /** What a log says before it has done anything. */
    private static EngramException refused(LogException reason) {
        var text = String.valueOf(reason.getMessage());
        return switch (reason) {
            case LogFullException e -> EngramException.storageFull("the disk is full: " + text);
            case LogOverloadedException e -> EngramException.overloaded(text, RETRY_AFTER);
            case LogDamagedException e -> EngramException.quarantined(text);
            case LogQuarantinedException e -> EngramException.quarantined(text);
            case DamagedCellException e -> EngramException.unavailable(text, RETRY_AFTER);
            case LogOutcomeUnknownException e -> EngramException.unavailable(text, RETRY_AFTER);
            case LogFailedException e ->
                EngramException.writesStopped("this node's log has failed, and the node stops: " + text);
            case LogClosedException e -> EngramException.unavailable("this node is shutting down", RETRY_AFTER);
            case StaleWriterException e ->
                EngramException.unavailable("another run of the space wrote in between: " + text, RETRY_AFTER);
            case LogInUseException e -> EngramException.unavailable(text, RETRY_AFTER);
            case LogOpenException e -> EngramException.unavailable(text, RETRY_AFTER);
        };
    }
}
