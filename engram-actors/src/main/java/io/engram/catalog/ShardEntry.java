package io.engram.catalog;

import java.util.Optional;

/**
 * A shard.
 *
 * @param number its name, for ever
 * @param configuration the newest that was proposed
 * @param active the last one that was active. While the newest is only opening, this is the one whose members have to be
 *     asked what the shard holds; absent until a shard was active for the first time
 * @param source where its content is handed over from, for a shard that was made for one space
 */
public record ShardEntry(
        long number,
        ShardConfiguration configuration,
        Optional<ShardConfiguration> active,
        Optional<ShardSource> source) {
    public ShardEntry {
        var epoch = configuration.epoch();
        if (number < 0 || active.isPresent() && active.get().epoch() > epoch) {
            throw new IllegalArgumentException("shard %d at epoch %d".formatted(number, epoch));
        }
        if (active.isPresent() && active.get().epoch() == epoch && !active.get().equals(configuration)) {
            throw new IllegalArgumentException("two configurations of shard %d have epoch %d".formatted(number, epoch));
        }
    }

    /** Whether the newest configuration is active; otherwise it is still opening. */
    public boolean isActive() {
        return active.isPresent() && active.get().epoch() == configuration.epoch();
    }

    public long epoch() {
        return configuration.epoch();
    }

    ShardEntry opening(ShardConfiguration next) {
        return new ShardEntry(number, next, active, source);
    }

    ShardEntry activated() {
        return new ShardEntry(number, configuration, Optional.of(configuration), source);
    }
}
