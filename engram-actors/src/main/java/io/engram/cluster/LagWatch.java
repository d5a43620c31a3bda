package io.engram.cluster;

import io.engram.cluster.ClusterView.Lag;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * For how long copies have lacked something. Told from time to time how far they are, it knows the time to within such a
 * step: a copy is behind since the look before which it had everything that it had to have by then.
 */
final class LagWatch {
    private record Copy(String space, String replica) {}

    /**
     * @param target what the copy has to reach to be behind for less long
     * @param sinceNanos when that was written, at the latest
     */
    private record Behind(long target, long sinceNanos) {}

    /** What a look found. */
    record Found(Duration longest, List<String> news) {
        Found {
            news = List.copyOf(news);
        }
    }

    private final Duration threshold;
    private final Map<Copy, Behind> behind = new HashMap<>();
    private Set<String> reported = Set.of();

    /** @param threshold beyond which a node's copies are reported */
    LagWatch(Duration threshold) {
        this.threshold = threshold;
    }

    /**
     * Takes how far all copies are now.
     *
     * @return for how long the one that is behind longest has been, and what there is to be said of nodes whose copies are behind for
     *     longer than the threshold since now, or not any more
     */
    Found look(List<Lag> lags, long nanoTime) {
        var seen = new HashSet<Copy>();
        var late = new TreeMap<String, Integer>();
        long longest = 0;
        for (var lag : lags) {
            if (lag.lag() == 0) {
                continue;
            }
            var copy = new Copy(lag.space(), lag.replica());
            seen.add(copy);
            var before = behind.get(copy);
            if (before == null || lag.replicatedSequence() >= before.target()) {
                behind.put(copy, new Behind(lag.localSequence(), nanoTime));
                continue;
            }
            var nanos = nanoTime - before.sinceNanos();
            longest = Math.max(longest, nanos);
            if (nanos > threshold.toNanos()) {
                late.merge(lag.replica(), 1, Integer::sum);
            }
        }
        behind.keySet().retainAll(seen);
        return new Found(Duration.ofNanos(longest), news(late));
    }

    private List<String> news(TreeMap<String, Integer> late) {
        var news = new ArrayList<String>();
        late.forEach((replica, spaces) -> {
            if (!reported.contains(replica)) {
                news.add("the copies at %s lack events of %d spaces that this node leads for longer than %d ms"
                        .formatted(replica, spaces, threshold.toMillis()));
            }
        });
        for (var replica : reported) {
            if (!late.containsKey(replica)) {
                news.add("no copy at %s is behind for long any more".formatted(replica));
            }
        }
        reported = Set.copyOf(late.keySet());
        return news;
    }
}
