package io.engram.replication;

import io.engram.log.format.LogPoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;

/** What a primary keeps of its epoch from the choice of the start on: its members, and what they have to adopt. */
final class Term {
    final Configuration configuration;
    final List<Follower> followers;
    private final ShardPrimary run;
    private final Optional<Configuration> lastActive;
    private TreeMap<LogName, Target> targets = new TreeMap<>();
    private long manifest;
    private long digest;
    private boolean stale;

    /** @param lastActive from which this one goes on */
    Term(
            ShardPrimary run,
            Configuration configuration,
            Optional<Configuration> lastActive,
            TreeMap<LogName, Target> start) {
        this.run = run;
        this.lastActive = lastActive;
        this.configuration = configuration;
        var members = new ArrayList<Follower>();
        for (var member : configuration.members()) {
            members.add(new Follower(members.size(), member, run.backoff()));
        }
        followers = List.copyOf(members);
        list(start);
    }

    /** There is a newer list of what has to be adopted. */
    void list(TreeMap<LogName, Target> newer) {
        targets = newer;
        manifest++;
        stale = false;
        var tails = new TreeMap<LogName, LogPoint>();
        newer.forEach((log, target) -> tails.put(log, target.point()));
        digest = LogTail.digest(tails);
    }

    /** The primary has everything itself now, so that the others copy from it. */
    void copyFromOwn() {
        targets.replaceAll((log, target) -> new Target(log, target.point(), run.self));
    }

    /** The list names something that is not there any more. */
    void outdate() {
        stale = true;
    }

    boolean isStale() {
        return stale;
    }

    long manifest() {
        return manifest;
    }

    TreeMap<LogName, Target> targets() {
        return targets;
    }

    Optional<Follower> of(ReplicaId member) {
        return followers.stream().filter(f -> f.id.equals(member)).findFirst();
    }

    Follower own() {
        return of(run.self).orElseThrow();
    }

    int adopted() {
        return (int) followers.stream().filter(f -> f.adopted).count();
    }

    /** Asks a member to adopt, if it has not and was not asked just now. */
    void askToAdopt(Follower follower) {
        if (follower.adopted || run.now < follower.askToAdoptAt) {
            return;
        }
        follower.askToAdoptAt = run.now + follower.backoff.next();
        run.send(
                follower.id,
                new Message.Adopt(
                        run.shard,
                        configuration,
                        manifest,
                        digest,
                        run.settings.leaseMicros(),
                        run.rules.trusted(follower.id, lastActive, configuration)));
    }

    /** Answers with a page of what has to be adopted. */
    void answer(ReplicaId from, Message.AskManifest ask) {
        var rest = ask.fromStart() ? targets : targets.tailMap(ask.after(), false);
        var page = rest.values().stream().limit(run.settings.pageLogs()).toList();
        run.send(
                from,
                new Message.Manifest(
                        run.shard,
                        configuration.epoch(),
                        manifest,
                        digest,
                        ask.fromStart(),
                        ask.after(),
                        page,
                        page.size() < rest.size()));
        of(from).ifPresent(f -> f.askToAdoptAt = run.now + f.backoff.next());
    }

    long wakeAt() {
        return followers.stream()
                .filter(f -> !f.adopted)
                .mapToLong(f -> f.askToAdoptAt)
                .min()
                .orElse(Long.MAX_VALUE);
    }

    @Override
    public String toString() {
        return "%s among %s".formatted(configuration, followers);
    }
}
