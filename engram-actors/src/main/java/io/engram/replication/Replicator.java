package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Brings the entries of an active epoch to its members and counts who has forced what.
 *
 * <p>Messages to a member are sent ahead, within bounds; what is not answered in time is taken for lost and sent again from the
 * last confirmed entry, with growing pauses. A member that says where it is, is sent what follows, from memory, from the own
 * disk, or as the offer of a snapshot if the own log begins later. Nothing here decides anything but the count of
 * confirmations: what a member takes, it checks itself.
 */
final class Replicator {
    private final ShardPrimary run;
    private final Term term;
    private final PrimaryLogs logs;
    private final int self;
    private long round;

    Replicator(ShardPrimary run, Term term, PrimaryLogs logs) {
        this.run = run;
        this.term = term;
        this.logs = logs;
        self = term.own().ordinal;
    }

    /** The number of the newest message. */
    long round() {
        return round;
    }

    // ---- members ----

    /** A member holds the start of the epoch, or more of it. */
    void adopted(Follower follower, boolean ofThisManifest) {
        if (follower.adopted) {
            return;
        }
        follower.adopted = true;
        follower.backoff.succeeded();
        follower.pausedUntil = 0;
        for (var log : logs.all()) {
            follow(follower, log, ofThisManifest);
        }
        pump(follower);
    }

    private void follow(Follower follower, PrimaryLog log, boolean ofThisManifest) {
        var at = follower.ordinal;
        var has = log.start.index();
        var target = term.targets().get(log.name);
        if (ofThisManifest && target != null) {
            has = Math.max(has, target.point().index());
        }
        log.confirmed[at] = Math.max(log.confirmed[at], has);
        log.next[at] = log.confirmed[at] + 1;
        if (log.next[at] <= log.last.index()) {
            follower.toSend.add(log);
        }
        refreshNews(follower, log);
    }

    /** A member says that it has not adopted the epoch, so that whatever it confirmed before is void. */
    void notAdopted(Follower follower) {
        follower.adopted = false;
        logs.all().forEach(log -> log.confirmed[follower.ordinal] = 0);
        follower.askToAdoptAt = run.now;
        follower.lost();
        follower.toSend.clear();
        follower.stalled.clear();
        follower.news.clear();
    }

    // ---- sending ----

    /** A log has new entries. */
    void appended(PrimaryLog log) {
        for (var follower : term.followers) {
            if (follower.adopted && !follower.stalled.contains(log)) {
                follower.toSend.add(log);
            }
        }
    }

    void pumpAll() {
        term.followers.forEach(this::pump);
    }

    /** Sends a member what it lacks, as much as may be in flight. */
    void pump(Follower follower) {
        while (follower.adopted && run.now >= follower.pausedUntil && hasRoom(follower)) {
            var pieces = pieces(follower);
            var newsIsDue =
                    !follower.news.isEmpty() && run.now >= follower.newsSince + run.settings.commitNoticeMicros();
            if (pieces.isEmpty() && !newsIsDue) {
                return;
            }
            send(follower, pieces);
        }
    }

    private boolean hasRoom(Follower follower) {
        return follower.inFlight.size() < run.settings.maxInFlightMessages()
                && follower.inFlightBytes < run.settings.maxInFlightBytes();
    }

    /** Asks a member whether it stands by the epoch. */
    void confirm(Follower follower) {
        if (follower.adopted) {
            send(follower, List.of());
        }
    }

    private void send(Follower follower, List<LogPiece> pieces) {
        var carried = new ArrayList<PrimaryLog>();
        pieces.forEach(piece -> logs.of(piece.log()).ifPresent(carried::add));
        var told = new ArrayList<PrimaryLog>();
        var commits = new ArrayList<Message.CommitIndex>();
        for (var news = follower.news.iterator(); news.hasNext() && told.size() < run.settings.pageLogs(); ) {
            var log = news.next();
            news.remove();
            log.told[follower.ordinal] = tellable(follower, log);
            commits.add(new Message.CommitIndex(log.name, log.told[follower.ordinal]));
            told.add(log);
        }
        follower.newsSince = follower.news.isEmpty() ? Long.MAX_VALUE : run.now;
        var message = new Message.Append(
                run.shard, term.configuration.epoch(), ++round, run.now, run.settings.leaseMicros(), pieces, commits);
        if (!carried.isEmpty() || !told.isEmpty()) {
            follower.sent(round, new Follower.Sent(run.now, message.bytes(), carried, told));
        }
        run.send(follower.id, message);
    }

    private List<LogPiece> pieces(Follower follower) {
        var pieces = new ArrayList<LogPiece>();
        var entries = run.settings.maxMessageEntries();
        var bytes = run.settings.maxMessageBytes();
        var at = follower.ordinal;
        var waiting = new ArrayList<>(follower.toSend);
        if (follower.toSend.contains(logs.directory())) {
            waiting.remove(logs.directory());
            waiting.addFirst(logs.directory());
        }
        for (var log : waiting) {
            if (entries <= 0 || bytes <= 0) {
                break;
            }
            // A member knows a space's log by its directory.
            if (log.name.created() > logs.directory().confirmed[at]) {
                continue;
            }
            follower.toSend.remove(log);
            if (log.next[at] > log.last.index()) {
                continue;
            }
            var piece = piece(follower, log, entries, bytes);
            if (piece.isPresent()) {
                pieces.add(piece.get());
                entries -= piece.get().entries().size();
                bytes -= piece.get().bytes();
                log.next[at] = piece.get().last().index() + 1;
                if (log.next[at] <= log.last.index()) {
                    follower.toSend.add(log);
                }
            }
        }
        return pieces;
    }

    /** The next entries for a member; none if they cannot be had just now. */
    private Optional<LogPiece> piece(Follower follower, PrimaryLog log, int entries, long bytes) {
        var from = log.next[follower.ordinal];
        var before = run.point(log, from - 1);
        try {
            if (log.window.has(from) && before.isPresent()) {
                return Optional.of(new LogPiece(log.name, before.get(), log.window.read(from, entries, bytes)));
            }
            if (from <= run.reader.base(log.name).index()) {
                offerSnapshot(follower, log);
            } else if (before.isPresent()) {
                var read = run.reader.read(log.name, from, log.confirmed[self], entries, bytes);
                if (!read.isEmpty()) {
                    return Optional.of(new LogPiece(log.name, before.get(), read));
                }
            }
        } catch (DamagedLogException e) {
            run.local.damaged(run.now, e.log(), e.hole());
        }
        stall(follower, log);
        return Optional.empty();
    }

    private void offerSnapshot(Follower follower, PrimaryLog log) {
        run.reader
                .snapshot(log.name)
                .ifPresent(point -> run.send(
                        follower.id,
                        new Message.SnapshotOffer(run.shard, term.configuration.epoch(), log.name, point)));
    }

    private void stall(Follower follower, PrimaryLog log) {
        if (follower.stalled.isEmpty()) {
            follower.retryStalledAt = run.now + run.settings.retryMicros();
        }
        follower.stalled.add(log);
        // The rest of it would be sent at once, and the answer be the same.
        follower.toSend.remove(log);
    }

    private void again(Follower follower, PrimaryLog log) {
        if (!logs.isThere(log)) {
            return;
        }
        var at = follower.ordinal;
        log.next[at] = log.confirmed[at] + 1;
        log.resentAt[at] = round + 1;
        if (log.next[at] <= log.last.index() && !follower.stalled.contains(log)) {
            follower.toSend.add(log);
        }
    }

    // ---- answers ----

    /** Takes a member's confirmation. Returns the logs of which more is confirmed now. */
    List<PrimaryLog> answered(Follower follower, Message.Appended answer) {
        follower.heardAt = run.now;
        follower.backoff.succeeded();
        follower.pausedUntil = 0;
        follower.confirmedRound = Math.max(follower.confirmedRound, answer.round());
        if (answer.leaseMicros() > 0) {
            var relied = run.rules.reliesOnLease(answer.leaseMicros(), run.settings.clockRateError());
            follower.leaseUntil = Math.max(follower.leaseUntil, answer.sentAtMicros() + relied);
        }
        var more = new ArrayList<PrimaryLog>();
        for (var ack : answer.acks()) {
            logs.of(ack.log()).ifPresent(log -> {
                if (acked(follower, log, ack, answer.round())) {
                    more.add(log);
                }
            });
        }
        for (var sent : follower.answered(answer.round())) {
            for (var log : sent.logs()) {
                if (answer.acks().stream().noneMatch(ack -> ack.log().equals(log.name))) {
                    again(follower, log);
                    follower.pausedUntil = run.now + follower.backoff.next();
                }
            }
        }
        return more;
    }

    private boolean acked(Follower follower, PrimaryLog log, Message.Ack ack, long ofRound) {
        var at = follower.ordinal;
        var forced = ack.forced();
        if (ack.verdict() == Message.Verdict.DIVERGED || !isOurs(log, forced)) {
            run.out.put(new Output.Diverged(follower.id, log.name, forced.index()));
            stall(follower, log);
            return false;
        }
        var more = forced.index() > log.confirmed[at] && ack.verdict() != Message.Verdict.DAMAGED;
        if (more) {
            log.confirmed[at] = forced.index();
            log.next[at] = Math.max(log.next[at], forced.index() + 1);
            if (follower.stalled.remove(log)) {
                again(follower, log);
            }
        }
        switch (ack.verdict()) {
            case STORED -> {}
            case GAP -> {
                if (ofRound == 0 || ofRound >= log.resentAt[at]) {
                    gap(follower, log);
                }
            }
            case DAMAGED -> stall(follower, log);
            case DIVERGED -> throw new AssertionError("answered above");
        }
        refreshNews(follower, log);
        return more;
    }

    /** Goes on from what is confirmed: at once, or after a while if that has not helped before. */
    private void gap(Follower follower, PrimaryLog log) {
        var at = follower.ordinal;
        if (log.gapAt[at] == log.confirmed[at]) {
            stall(follower, log);
        } else {
            log.gapAt[at] = log.confirmed[at];
            follower.stalled.remove(log);
        }
        again(follower, log);
    }

    private boolean isOurs(PrimaryLog log, LogPoint forced) {
        if (forced.index() > log.last.index()) {
            return false;
        }
        return run.point(log, forced.index())
                .map(own -> run.rules.agrees(own, forced))
                .orElse(true);
    }

    /** Counts who has forced the log. Empty if nothing more is committed. */
    Optional<LogPoint> committed(PrimaryLog log) {
        var confirmed = log.confirmed.clone();
        Arrays.sort(confirmed);
        var index = run.rules.committed(confirmed, term.configuration, log.last.index());
        return index > log.committed.index() ? run.point(log, index) : Optional.empty();
    }

    private long tellable(Follower follower, PrimaryLog log) {
        return Math.min(log.committed.index(), log.confirmed[follower.ordinal]);
    }

    /** Answers a replica that was restarted. */
    Message.Commits commits(Follower follower, Message.AskCommits ask) {
        var rest = ask.fromStart() ? logs.all() : logs.after(ask.after());
        var page = rest.stream()
                .limit(run.settings.pageLogs())
                .map(log -> new Message.CommitIndex(log.name, tellable(follower, log)))
                .toList();
        return new Message.Commits(
                run.shard, ask.epoch(), ask.run(), ask.fromStart(), ask.after(), page, page.size() < rest.size());
    }

    /** More of the log is committed. */
    void tell(PrimaryLog log) {
        term.followers.forEach(follower -> refreshNews(follower, log));
    }

    private void refreshNews(Follower follower, PrimaryLog log) {
        if (follower.adopted && tellable(follower, log) > log.told[follower.ordinal]) {
            if (follower.news.isEmpty()) {
                follower.newsSince = run.now;
            }
            follower.news.add(log);
        }
    }

    /** Up to where every member that was heard of lately has the log. */
    long everybodyHas(PrimaryLog log) {
        var least = log.last.index();
        for (var follower : term.followers) {
            if (follower.adopted && follower.pausedUntil <= run.now) {
                least = Math.min(least, log.confirmed[follower.ordinal]);
            }
        }
        return least;
    }

    // ---- time ----

    void tick() {
        for (var follower : term.followers) {
            term.askToAdopt(follower);
            if (run.now >= lostAt(follower)) {
                var lost = follower.lost();
                follower.pausedUntil = run.now + follower.backoff.next();
                for (var sent : lost) {
                    sent.logs().forEach(log -> again(follower, log));
                    for (var log : sent.told()) {
                        log.told[follower.ordinal] = 0;
                        if (logs.isThere(log)) {
                            refreshNews(follower, log);
                        }
                    }
                }
            }
            if (!follower.stalled.isEmpty() && run.now >= follower.retryStalledAt) {
                var stalled = new ArrayList<>(follower.stalled);
                follower.stalled.clear();
                stalled.forEach(log -> again(follower, log));
            }
            pump(follower);
        }
    }

    private long lostAt(Follower follower) {
        var oldest = follower.oldestSentAt();
        return oldest == Long.MAX_VALUE ? oldest : oldest + run.settings.retryMicros();
    }

    long wakeAt() {
        var at = term.wakeAt();
        for (var follower : term.followers) {
            at = Math.min(at, lostAt(follower));
            if (!follower.stalled.isEmpty()) {
                at = Math.min(at, follower.retryStalledAt);
            }
            if (follower.adopted && follower.pausedUntil > run.now && !follower.toSend.isEmpty()) {
                at = Math.min(at, follower.pausedUntil);
            }
            if (follower.adopted && !follower.news.isEmpty() && hasRoom(follower)) {
                at = Math.min(
                        at, Math.max(follower.pausedUntil, follower.newsSince + run.settings.commitNoticeMicros()));
            }
        }
        return at;
    }
}
