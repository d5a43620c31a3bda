package io.engram.shard;

import io.engram.log.LogStore;
import io.engram.replication.LogName;
import io.engram.replication.ShardId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What the name of a log on the disk says, if it is a shard's: the inverse of {@link LogName#stored} and
 * {@link LogName#storedState}.
 *
 * @param log empty for the log in which the shard's state is kept
 */
record StoredName(ShardId shard, Optional<LogName> log) {
    private static final String PREFIX = "shard/";
    private static final int PAGE = 1_000;

    /** Empty for a log that is not a shard's. */
    static Optional<StoredName> parse(String name) {
        var slash = name.indexOf('/', PREFIX.length());
        if (!name.startsWith(PREFIX) || slash <= PREFIX.length()) {
            return Optional.empty();
        }
        var shard = new ShardId(name.substring(PREFIX.length(), slash));
        if (name.equals(LogName.storedState(shard))) {
            return Optional.of(new StoredName(shard, Optional.empty()));
        }
        return log(name, slash + 1)
                .filter(log -> log.stored(shard).equals(name))
                .map(log -> new StoredName(shard, Optional.of(log)));
    }

    private static Optional<LogName> log(String name, int from) {
        var slash = name.indexOf('/', from);
        if (slash < 0) {
            return Optional.of(LogName.DIRECTORY);
        }
        try {
            return Optional.of(new LogName(name.substring(slash + 1), Long.parseLong(name, from, slash, 10)));
        } catch (IllegalArgumentException e) {
            return Optional.empty();
        }
    }

    /** The shards of which something is on the disk, be it only what they promised. */
    static List<ShardId> shards(LogStore store) {
        var shards = new ArrayList<ShardId>();
        var after = "";
        while (true) {
            var next = store.logs(PREFIX, after, 1);
            if (next.isEmpty()) {
                return shards;
            }
            var name = next.getFirst();
            var found = parse(name);
            found.ifPresent(stored -> shards.add(stored.shard()));
            // '0' follows the slash: behind all logs of this shard, however many there are.
            after = found.map(stored -> PREFIX + stored.shard() + "0").orElse(name);
        }
    }

    /** The shard's logs that are on the disk, without the one of its state. */
    static List<LogName> logs(LogStore store, ShardId shard) {
        var logs = new ArrayList<LogName>();
        var prefix = PREFIX + shard + "/";
        var after = "";
        List<String> page;
        do {
            page = store.logs(prefix, after, PAGE);
            for (var name : page) {
                parse(name).flatMap(StoredName::log).ifPresent(logs::add);
                after = name;
            }
        } while (page.size() == PAGE);
        logs.sort(null);
        return logs;
    }
}
