package io.engram.replication;

import java.util.List;
import java.util.TreeSet;

/**
 * Who holds a shard during one epoch.
 *
 * @param epoch from 1, never used twice for a shard, whatever became of it
 * @param primary one of the members
 * @param members all who hold a copy, in order
 */
public record Configuration(long epoch, ReplicaId primary, List<ReplicaId> members) {
    public Configuration {
        members = List.copyOf(new TreeSet<>(members));
        if (epoch < 1 || !members.contains(primary)) {
            throw new IllegalArgumentException("epoch %d with primary %s among %s".formatted(epoch, primary, members));
        }
    }

    /** How many members make a majority. */
    public int quorum() {
        return members.size() / 2 + 1;
    }

    /** How many members meet every majority: so many have to answer a seal. */
    public int sealQuorum() {
        return members.size() - quorum() + 1;
    }

    public boolean has(ReplicaId replica) {
        return members.contains(replica);
    }
}
