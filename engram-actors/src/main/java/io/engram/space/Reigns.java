package io.engram.space;

import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** For how long this node leads its spaces: for ever, or until a {@link SpaceRegistry} says otherwise. */
interface Reigns {
    /** Whether what was looked up then still holds. */
    boolean isCurrent(SpaceRecord space);

    /** Has {@code lost} run, on some thread, when this node loses the space; it must be quick, and may come more than once. */
    void watch(SpaceRecord space, Runnable lost);

    void unwatch(SpaceRecord space, Runnable lost);

    /** The epoch under which this node leads a space; empty if there are none, or it does not lead it. */
    OptionalLong epoch(SpaceId space);

    /** A node that shares its spaces with nobody. */
    Reigns FOR_EVER = new Reigns() {
        @Override
        public boolean isCurrent(SpaceRecord space) {
            return true;
        }

        @Override
        public void watch(SpaceRecord space, Runnable lost) {}

        @Override
        public void unwatch(SpaceRecord space, Runnable lost) {}

        @Override
        public OptionalLong epoch(SpaceId space) {
            return OptionalLong.empty();
        }
    };

    /** As a registry says. */
    static Reigns of(SpaceRegistry registry) {
        Map<String, Set<Runnable>> watchers = new ConcurrentHashMap<>();
        registry.onLost(shard -> watchers.getOrDefault(shard, Set.of()).forEach(Runnable::run));
        return new Reigns() {
            @Override
            public boolean isCurrent(SpaceRecord space) {
                return registry.reign(space.id()) == space.reign();
            }

            @Override
            public void watch(SpaceRecord space, Runnable lost) {
                watchers.compute(registry.shard(space.id()), (shard, known) -> {
                    var all = known == null ? ConcurrentHashMap.<Runnable>newKeySet() : known;
                    all.add(lost);
                    return all;
                });
            }

            @Override
            public void unwatch(SpaceRecord space, Runnable lost) {
                watchers.computeIfPresent(registry.shard(space.id()), (shard, all) -> {
                    all.remove(lost);
                    return all.isEmpty() ? null : all;
                });
            }

            @Override
            public OptionalLong epoch(SpaceId space) {
                return registry.epoch(space);
            }
        };
    }
}
