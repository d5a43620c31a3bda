package io.engram.cluster;

import java.time.Duration;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.pekko.actor.Address;
import org.apache.pekko.actor.AddressFromURIString;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.cluster.Member;
import org.apache.pekko.cluster.MemberStatus;
import org.apache.pekko.cluster.typed.Cluster;
import org.apache.pekko.cluster.typed.Down;
import org.apache.pekko.cluster.typed.Join;
import org.apache.pekko.cluster.typed.JoinSeedNodes;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A node's way into the membership: it introduces itself, decides with {@link Joining}, and tells Pekko. Once it is in,
 * this decides nothing any more, and goes on telling others about this node. A node that was removed does not come back by
 * itself: its process ends, and the next start is another member.
 */
public final class Forming {
    private static final Logger LOG = LoggerFactory.getLogger(Forming.class);
    private static final Duration TICK = Duration.ofMillis(200);
    private static final Duration LONGEST_HALF_IN = Duration.ofSeconds(60);
    /** Pekko tries by itself for a while; then others may be there to join. */
    private static final Duration AGAIN = Duration.ofSeconds(6);

    private static final Set<MemberStatus> THERE =
            Set.of(MemberStatus.joining(), MemberStatus.weaklyUp(), MemberStatus.up(), MemberStatus.leaving());

    private final ActorSystem<?> system;
    private final Cluster cluster;
    private final Introductions table;
    private final Introduction.Found found = new Introduction.Found();
    private final Supplier<Set<UUID>> catalog;
    private final CompletableFuture<Void> joined = new CompletableFuture<>();
    private final long begunNanos = System.nanoTime();
    private final Candidacy candidacy = new Candidacy();
    private long actedNanos;
    /** Since when it is a member that is not up yet; 0 if it is none. */
    private long halfInSinceNanos;

    private Set<HostPort> before = Set.of();

    private Forming(ActorSystem<?> system, Hello own, ClockSkews clocks, Supplier<Set<UUID>> catalog) {
        this.system = system;
        this.catalog = catalog;
        cluster = Cluster.get(system);
        table = new Introductions(own, System::nanoTime, clocks);
    }

    /**
     * Begins. The system must have been started with {@link ClusterConfig}, and must be in no membership yet.
     *
     * @param own what this node says of itself; its gossip address must be {@link #address} of the system
     * @param clock this node's, which is held against the others'
     * @param catalog the incarnations in the catalog that are not given up, by this node's own copy; empty if it is in no cluster
     */
    public static Forming start(
            ActorSystem<?> system,
            ClusterSettings settings,
            Discovery discovery,
            Hello own,
            InstantSource clock,
            Supplier<Set<UUID>> catalog) {
        var clocks = new ClockSkews(settings.maxClockSkew(), clock, System::nanoTime);
        var forming = new Forming(system, own, clocks, catalog);
        system.systemActorOf(
                Introduction.of(
                        forming.table,
                        discovery,
                        settings.discoveryInterval(),
                        AdvertiseAddress.Machine.local(),
                        forming.membership(),
                        forming.found),
                Introduction.NAME,
                Props.empty());
        system.systemActorOf(forming.ticking(), "joining", Props.empty());
        return forming;
    }

    /** Where others reach a system, as they know it. */
    public static HostPort address(ActorSystem<?> system) {
        return address(Cluster.get(system).selfMember().address());
    }

    /** A member's address. */
    public static HostPort address(Address address) {
        return new HostPort(address.getHost().orElseThrow().replaceAll("[\\[\\]]", ""), (int)
                address.getPort().orElseThrow());
    }

    /** Whom this node has met. */
    public Introductions introductions() {
        return table;
    }

    /** Completes when this node is in a membership as one that is up. */
    public CompletionStage<Void> joined() {
        return joined;
    }

    private Behavior<Boolean> ticking() {
        return Behaviors.withTimers(timers -> {
            timers.startTimerWithFixedDelay(true, TICK);
            return Behaviors.receive(Boolean.class)
                    .onAnyMessage(_ -> {
                        tick();
                        return Behaviors.same();
                    })
                    .build();
        });
    }

    private Set<HostPort> members() {
        var there = new HashSet<HostPort>();
        for (Member member : cluster.state().getMembers()) {
            if (THERE.contains(member.status())) {
                there.add(address(member.address()));
            }
        }
        return there.contains(address(cluster.selfMember().address())) ? there : Set.of();
    }

    private Introduction.Membership membership() {
        return new Introduction.Membership() {
            @Override
            public Set<HostPort> members() {
                return Forming.this.members();
            }

            @Override
            public void leave(String why) {
                Forming.this.leave(why);
            }
        };
    }

    /** Whoever runs the node makes another start when it has been taken out. */
    private void leave(String why) {
        LOG.warn("{}", why);
        cluster.manager().tell(new Down(cluster.selfMember().address()));
    }

    private void tick() {
        var now = members();
        before.stream().filter(each -> !now.contains(each)).forEach(table::forget);
        before = now;
        if (!now.isEmpty()) {
            var anchor = now.stream().min(HostPort::compareTo);
            table.describe(own -> own.withMembership(now.size(), anchor, Optional.empty()));
            if (cluster.selfMember().status() == MemberStatus.up() && joined.complete(null)) {
                LOG.info("this node is in a membership of {}", now.size());
            }
            giveUpIfStuck();
        } else if (!joined.isDone() && !table.isRefused() && !cluster.isTerminated()) {
            decide();
        }
    }

    /** Whoever let this node in may have died before he told the others, who then take no word from it. Only another start helps. */
    private void giveUpIfStuck() {
        var now = System.nanoTime();
        if (joined.isDone()) {
            return;
        }
        if (halfInSinceNanos == 0) {
            halfInSinceNanos = now;
        } else if (now - halfInSinceNanos > LONGEST_HALF_IN.toNanos()) {
            halfInSinceNanos = now;
            leave("this node is not let in wholly for %d s; it leaves and tries again"
                    .formatted(LONGEST_HALF_IN.toSeconds()));
        }
    }

    private void decide() {
        var since = Duration.ofNanos(System.nanoTime() - begunNanos);
        var own = table.own();
        var met = table.met();
        var silent = found.silent(own.gossip(), met.stream().map(Hello::gossip).toList());
        var before = candidacy.last();
        var now = System.nanoTime();
        var decision =
                candidacy.decide(own, met, table.supporters(), catalog.get(), silent, found.hasLooked(), since, now);
        if (!before.equals(Optional.of(decision))) {
            LOG.info("joining: {}", decision);
            actedNanos = 0;
        }
        table.describe(hello -> hello.withMembership(0, Optional.empty(), candidacy.told()));
        switch (decision) {
            case Joining.Decision.Wait _ -> {}
            case Joining.Decision.Begin() ->
                act(() ->
                        cluster.manager().tell(Join.create(cluster.selfMember().address())));
            case Joining.Decision.Join(var nodes) ->
                act(() -> cluster.manager().tell(new JoinSeedNodes(addresses(nodes))));
        }
    }

    private void act(Runnable action) {
        var now = System.nanoTime();
        if (actedNanos == 0 || now - actedNanos >= AGAIN.toNanos()) {
            actedNanos = now;
            action.run();
        }
    }

    private List<Address> addresses(List<HostPort> nodes) {
        return nodes.stream()
                .map(each -> AddressFromURIString.parse("pekko://" + system.name() + "@" + each))
                .collect(Collectors.toUnmodifiableList());
    }
}
