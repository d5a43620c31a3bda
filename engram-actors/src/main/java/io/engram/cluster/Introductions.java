package io.engram.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/**
 * Who this node is, as it says to others, and whom it has met. All methods may be called by any thread. Listeners are called
 * by whoever changed something, and must be quick.
 */
public final class Introductions {
    /** Members show themselves rarely, since the membership watches them; others often. */
    static final Duration INTERVAL_ALONE = Duration.ofMillis(500);

    static final Duration INTERVAL_MEMBER = Duration.ofSeconds(5);
    private static final int MISSED = 6;
    private static final int MOST = 2_000;

    /**
     * @param heardNanos when it last said anything
     * @param answered what it answered last; empty if it has not
     * @param askedNanos when it was asked that
     */
    private record Met(Hello hello, long heardNanos, Optional<Hello> answered, long askedNanos) {}

    private final LongSupplier nanoTime;
    private final Map<UUID, Met> met = new LinkedHashMap<>();
    private final List<Runnable> listeners = new CopyOnWriteArrayList<>();
    private final CompletableFuture<ClusterRefusal> refused = new CompletableFuture<>();
    private final ClockSkews clocks;
    private Hello own;

    Introductions(Hello own, LongSupplier nanoTime, ClockSkews clocks) {
        this.own = own;
        this.nanoTime = nanoTime;
        this.clocks = clocks;
    }

    /** What the clocks of those are at that were met. */
    ClockSkews clocks() {
        return clocks;
    }

    /** This node as it says to others. */
    public synchronized Hello own() {
        return own;
    }

    /** Changes what this node says to others; they hear of it soon. */
    public void describe(UnaryOperator<Hello> change) {
        boolean isChanged;
        synchronized (this) {
            var changed = change.apply(own);
            isChanged = !changed.equals(own);
            own = changed;
        }
        if (isChanged) {
            listeners.forEach(Runnable::run);
        }
    }

    /** Those that were heard of lately, without this node, in the order of their addresses. */
    public synchronized List<Hello> met() {
        var now = nanoTime.getAsLong();
        return met.values().stream()
                .filter(each ->
                        now - each.heardNanos() <= patience(each.hello()).toNanos())
                .map(Met::hello)
                .sorted(Comparator.comparing(Hello::gossip))
                .toList();
    }

    private static Duration patience(Hello hello) {
        return (hello.isMember() ? INTERVAL_MEMBER : INTERVAL_ALONE).multipliedBy(MISSED);
    }

    /** Those that promised lately to support this node, see {@link Candidacy}. */
    synchronized Set<UUID> supporters() {
        var now = nanoTime.getAsLong();
        var address = Optional.of(own.gossip());
        return met.values().stream()
                .filter(each -> now - each.askedNanos() >= 0 && now - each.askedNanos() <= Candidacy.COUNTED.toNanos())
                .flatMap(each -> each.answered().stream())
                .filter(each -> each.supports().equals(address))
                .map(Hello::incarnation)
                .collect(Collectors.toUnmodifiableSet());
    }

    /** Where those are that were ever heard of. */
    synchronized List<HostPort> everMet() {
        return met.values().stream()
                .map(each -> each.hello().gossip())
                .distinct()
                .toList();
    }

    /** What a node last said about itself, however long ago. */
    synchronized Optional<Hello> find(UUID incarnation) {
        return Optional.ofNullable(met.get(incarnation)).map(Met::hello);
    }

    /** Has a listener called whenever this node or one that was met describes itself in another way. */
    public void onChange(Runnable listener) {
        listeners.add(listener);
    }

    /** Completes when this node cannot be part of the cluster, with the reason; it must then stop. */
    public CompletionStage<ClusterRefusal> refused() {
        return refused;
    }

    void refuse(String reason) {
        refused.complete(new ClusterRefusal(reason));
    }

    boolean isRefused() {
        return refused.isDone();
    }

    /** A node has introduced itself and is welcome. */
    void heard(Hello hello) {
        heard(hello, OptionalLong.empty());
    }

    /**
     * A node that is welcome has answered.
     *
     * @param askedNanos when it was asked, by this node's clock
     */
    void answered(Hello hello, long askedNanos) {
        heard(hello, OptionalLong.of(askedNanos));
    }

    private void heard(Hello hello, OptionalLong askedNanos) {
        boolean isNews;
        synchronized (this) {
            var before = Optional.ofNullable(met.remove(hello.incarnation()));
            // One address, one node: who was there before is gone.
            met.values().removeIf(each -> each.hello().gossip().equals(hello.gossip()));
            var now = nanoTime.getAsLong();
            met.put(
                    hello.incarnation(),
                    askedNanos.isPresent()
                            ? new Met(hello, now, Optional.of(hello), askedNanos.getAsLong())
                            : new Met(
                                    hello,
                                    now,
                                    before.flatMap(Met::answered),
                                    before.map(Met::askedNanos).orElse(0L)));
            forgetOldest();
            isNews = before.isEmpty() || !before.get().hello().equals(hello);
        }
        if (isNews) {
            listeners.forEach(Runnable::run);
        }
    }

    /** The node at this address is known to be gone. */
    void forget(HostPort gossip) {
        boolean isNews;
        synchronized (this) {
            isNews = met.values().removeIf(each -> each.hello().gossip().equals(gossip));
        }
        if (isNews) {
            listeners.forEach(Runnable::run);
        }
    }

    private void forgetOldest() {
        var oldest = new ArrayList<>(met.keySet());
        for (int i = 0; met.size() > MOST; i++) {
            met.remove(oldest.get(i));
        }
    }
}
