package io.engram.cli;

import io.engram.proof.Target;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A cluster as clients see it: each request goes to a node drawn at random, and is sent again, as it was, to another one until it is
 * answered or it takes too long.
 */
final class ClusterTarget implements Target, AutoCloseable {
    private static final long LONGEST_NANOS = Duration.ofSeconds(90).toNanos();
    private static final int LONGEST_PAUSE_MS = 400;

    private final List<NodeTarget> nodes;
    private final Random random;
    private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
    private final AtomicLong watchedFrom = new AtomicLong(Long.MAX_VALUE);
    /** Of each space, when the first write was acknowledged that was asked for since the watch began. */
    private final Map<String, Long> first = new ConcurrentHashMap<>();

    ClusterTarget(List<ClusterProcesses.Member> members, long seed) {
        nodes = members.stream().map(ClusterProcesses.Member::target).toList();
        random = new Random(seed);
    }

    private NodeTarget anyNode() {
        synchronized (random) {
            return nodes.get(random.nextInt(nodes.size()));
        }
    }

    @Override
    public Reply write(Change change) throws InterruptedException {
        var begun = System.nanoTime();
        for (var pause = 20; ; pause = Math.min(LONGEST_PAUSE_MS, pause * 2)) {
            var tried = System.nanoTime();
            var reply = anyNode().write(change);
            if (reply.answer() == Answer.DONE) {
                var watched = watchedFrom.get();
                if (watched != Long.MAX_VALUE && tried - watched >= 0) {
                    first.putIfAbsent(change.space(), System.nanoTime() - watched);
                }
                return reply;
            }
            var words = reply.words().length() > 90 ? reply.words().substring(0, 90) : reply.words();
            refusals.merge(words, 1, Integer::sum);
            if (reply.answer() == Answer.WRONG) {
                return reply;
            }
            if (System.nanoTime() - begun > LONGEST_NANOS) {
                return new Reply(Answer.OPEN, Optional.empty(), reply.words());
            }
            Thread.sleep(ThreadLocalRandom.current().nextInt(pause / 2, pause));
        }
    }

    @Override
    public Optional<Read> read(String space, String id) throws InterruptedException {
        var begun = System.nanoTime();
        while (System.nanoTime() - begun < LONGEST_NANOS) {
            var read = anyNode().read(space, id);
            if (read.isPresent()) {
                return read;
            }
            Thread.sleep(LONGEST_PAUSE_MS);
        }
        return Optional.empty();
    }

    /** From now on it is noted when each space takes its first write. */
    void watch() {
        first.clear();
        watchedFrom.set(System.nanoTime());
    }

    /** How long after {@link #watch} each space took its first write that was asked for since, in milliseconds. */
    Map<String, Long> firstMs() {
        var result = new TreeMap<String, Long>();
        first.forEach((space, nanos) -> result.put(space, nanos / 1_000_000));
        return result;
    }

    /** What was answered when it was not success, and how often. */
    Map<String, Integer> refusals() {
        return new TreeMap<>(refusals);
    }

    @Override
    public Map<String, List<Found>> everything() throws Exception {
        return everythingAt(nodes.getFirst());
    }

    /** Of each node, everything that it answers. */
    List<Map<String, List<Found>>> everythingOnEach() throws Exception {
        var all = new ArrayList<Map<String, List<Found>>>();
        for (var node : nodes) {
            all.add(everythingAt(node));
        }
        return all;
    }

    private static Map<String, List<Found>> everythingAt(NodeTarget node) throws Exception {
        for (var tries = 1; ; tries++) {
            try {
                return new HashMap<>(node.everything());
            } catch (Api.Unreachable | IllegalStateException e) {
                if (tries == 20) {
                    throw e;
                }
                Thread.sleep(500);
            }
        }
    }

    @Override
    public void close() {
        nodes.forEach(NodeTarget::close);
    }
}
