package io.engram.cluster;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * Which membership a node joins, or whether it begins one. Whoever meets somebody in a membership joins that one. Otherwise those who
 * are in none agree on the lowest address among those of them that know the cluster (or among all, if nobody does), which
 * begins one when enough of them support it: as many as are to found the cluster; or, once it is founded, more than half of the nodes in
 * the catalog, or after some patience all that there is to be found. Support is a promise to support nobody else for a while, see
 * {@link Candidacy}, and two majorities have a node in common, so that two nodes do not both begin.
 */
final class Joining {
    /** So long a node looks around before it begins without having met everybody that it was told of. */
    static final Duration LOOK_AROUND = Duration.ofSeconds(1);

    /** So long nodes of a founded cluster wait for a majority of it. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private Joining() {}

    /** What to do now. */
    sealed interface Decision {
        /** Join the membership of these. */
        record Join(List<HostPort> nodes) implements Decision {}

        /** Begin a membership. */
        record Begin() implements Decision {}

        /**
         * Wait for others.
         *
         * @param supported who is to begin
         * @param isPromise whether that one may rely on it now
         * @param why for the log
         */
        record Wait(HostPort supported, boolean isPromise, String why) implements Decision {}
    }

    /**
     * What is known.
     *
     * @param own this node, in no membership
     * @param met whom it has met lately
     * @param supporters who has promised to support this node, lately enough to rely on it
     * @param bound whom this node has promised to support, for as long as that binds it
     * @param catalog the incarnations in the catalog that are not given up; empty if it is in no cluster
     * @param unmet where others were looked for and nobody has answered
     * @param hasLooked whether somebody was looked for at all
     * @param since how long this has been going on
     */
    record Situation(
            Hello own,
            List<Hello> met,
            Set<UUID> supporters,
            Optional<HostPort> bound,
            Set<UUID> catalog,
            Collection<HostPort> unmet,
            boolean hasLooked,
            Duration since) {
        Situation {
            met = List.copyOf(met);
            supporters = Set.copyOf(supporters);
            catalog = Set.copyOf(catalog);
            unmet = List.copyOf(unmet);
        }
    }

    static Decision decide(Situation now) {
        var own = now.own();
        var compatible = now.met().stream().filter(own::isCompatible).toList();
        var members = compatible.stream().filter(Hello::isMember).toList();
        if (!members.isEmpty()) {
            return new Decision.Join(best(members));
        }
        var group = new ArrayList<>(compatible);
        group.add(own);
        var supporters = new HashSet<>(now.supporters());
        supporters.add(own.incarnation());
        var knowsCluster = own.cluster().isPresent();
        var isAlone = supporters.size() == 1 && !knowsCluster;
        if (now.bound().isEmpty()
                && !isAlone
                && missing(now, knowsCluster, supporters, group.size()).isEmpty()) {
            // Even if another one seems to be the first by now: those who promised keep to it.
            return new Decision.Begin();
        }
        var isFounded = group.stream().anyMatch(each -> each.cluster().isPresent());
        var first = group.stream()
                .filter(each -> !isFounded || each.cluster().isPresent())
                .map(Hello::gossip)
                .min(Comparator.naturalOrder())
                .orElse(own.gossip());
        if (now.bound().filter(each -> !each.equals(first)).isPresent()) {
            return new Decision.Wait(
                    now.bound().get(), false, "it was promised support, and " + first + " is to begin after that");
        }
        if (!first.equals(own.gossip())) {
            var there = group.stream().map(Hello::incarnation).collect(Collectors.toSet());
            return new Decision.Wait(
                    first, missing(now, isFounded, there, group.size()).isEmpty(), "node at " + first + " is to begin");
        }
        return missing(now, isFounded, supporters, group.size())
                .<Decision>map(why -> new Decision.Wait(first, false, why))
                .orElseGet(Decision.Begin::new);
    }

    /** Those of the largest membership; of equal ones, of the one with the lower first address. */
    private static List<HostPort> best(List<Hello> members) {
        var best = members.stream()
                .reduce((one, other) -> IntroductionRules.givesUp(one, other) ? other : one)
                .orElseThrow();
        // Two of the same membership may have counted its nodes at different times, but not begun at another address.
        return members.stream()
                .filter(each -> each.anchor().equals(best.anchor()))
                .map(Hello::gossip)
                .sorted()
                .toList();
    }

    private static Optional<String> missing(Situation now, boolean isFounded, Set<UUID> supporters, int group) {
        var hasSettled = now.hasLooked() && now.unmet().isEmpty();
        if (isFounded) {
            var known = now.catalog();
            var there = known.stream().filter(supporters::contains).count();
            var isMajority = there * 2 > known.size();
            var isAll = hasSettled && supporters.size() == group && now.since().compareTo(PATIENCE) >= 0;
            return isMajority || isAll
                    ? Optional.empty()
                    : Optional.of("%d of the %d nodes of the cluster are there; more than half are needed"
                            .formatted(there, known.size()));
        }
        int expect = now.own().bootstrapExpect();
        if (supporters.size() < expect) {
            return Optional.of(
                    "%d of the %d nodes that are to found the cluster are there".formatted(supporters.size(), expect));
        }
        return hasSettled || now.since().compareTo(LOOK_AROUND) >= 0
                ? Optional.empty()
                : Optional.of("others are being looked for");
    }
}
