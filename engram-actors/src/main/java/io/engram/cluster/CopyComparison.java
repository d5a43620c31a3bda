package io.engram.cluster;

import io.engram.catalog.Incarnation;
import io.engram.log.LogException;
import io.engram.log.LogStore;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.Shard;
import io.engram.replication.ShardId;
import io.engram.shard.ShardHost;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorSystem;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Compares, from time to time, the running checksums of the copies of the logs that this node leads with its own, at the last
 * committed entry. Copies are compared with every batch anyway; this finds out about those to which nothing is written. Nothing
 * is changed for it: a copy that contradicts is named in the log and counted, and is copied anew by a change of configuration.
 *
 * <p>A copy that has not come so far, or whose log begins later, says nothing.
 *
 * <p>A question, big-endian: how many points (4), and of each the log's name (UTF-8 with its length, 2), index (8) and checksum (8).
 * An answer: how many contradict (4), and the place of each in the question (4).
 */
final class CopyComparison {
    /** What the other node is asked. */
    static final String METHOD = "compareLogs";

    private static final Logger LOG = LoggerFactory.getLogger(CopyComparison.class);
    private static final Duration EVERY = Duration.ofMinutes(10);
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final int POINTS_AT_ONCE = 512;
    private static final int MOST_POINTS = 4_096;

    /** The way to other nodes. */
    interface Peers {
        CompletionStage<byte[]> call(Incarnation node, String method, byte[] request, Duration timeout);
    }

    /** A log at an index. */
    record Point(String log, long index, long checksum) {}

    /**
     * What a look found.
     *
     * @param asked points about which another node has answered
     * @param contradicting copies that contradict, each as {@code log at node}
     */
    record Found(long asked, Set<String> contradicting) {
        Found {
            contradicting = Set.copyOf(contradicting);
        }
    }

    private record Led(List<ReplicaId> others, Map<LogName, Long> committed) {}

    private final ShardHost shards;
    private final LogStore store;
    private final Peers peers;
    private final Executor disk;
    private volatile Set<String> known = Set.of();
    private volatile CompletableFuture<?> looking = CompletableFuture.completedFuture(null);

    /** @param disk where the disk may be waited for */
    CopyComparison(ShardHost shards, LogStore store, Peers peers, Executor disk) {
        this.shards = shards;
        this.store = store;
        this.peers = peers;
        this.disk = disk;
    }

    void register(MeterRegistry meters) {
        Gauge.builder("engram_cluster_copies_contradicting", () -> known.size())
                .description("Copies of spaces led by this node whose log contradicts this node's, as last compared")
                .register(meters);
    }

    /** Looks regularly, one look at a time, until the system ends. */
    void start(ActorSystem<?> system) {
        system.scheduler().scheduleWithFixedDelay(EVERY, EVERY, this::lookUnlessLooking, system.executionContext());
    }

    private void lookUnlessLooking() {
        if (looking.isDone()) {
            looking = look().handle((found, failure) -> {
                        if (failure != null) {
                            LOG.debug("copies could not be compared: {}", failure.toString());
                        }
                        return true;
                    })
                    .toCompletableFuture();
        }
    }

    /** Compares all copies of what this node leads now. */
    CompletionStage<Found> look() {
        var asked = new ArrayList<CompletableFuture<Map<ReplicaId, List<Point>>>>();
        for (var shard : shards.led()) {
            asked.add(shards.ask(shard, this::led)
                    .thenApplyAsync(led -> points(shard, led), disk)
                    .toCompletableFuture());
        }
        return CompletableFuture.allOf(asked.toArray(CompletableFuture[]::new)).thenCompose(done -> {
            var byNode = new HashMap<ReplicaId, List<Point>>();
            asked.forEach(each -> each.join()
                    .forEach((node, points) -> byNode.computeIfAbsent(node, any -> new ArrayList<>())
                            .addAll(points)));
            CompletionStage<Found> all = CompletableFuture.completedFuture(new Found(0, Set.of()));
            for (var entry : byNode.entrySet()) {
                var points = entry.getValue();
                for (var from = 0; from < points.size(); from += POINTS_AT_ONCE) {
                    var page = List.copyOf(points.subList(from, Math.min(points.size(), from + POINTS_AT_ONCE)));
                    all = all.thenCompose(found -> compare(entry.getKey(), page, found));
                }
            }
            return all.thenApply(this::note);
        });
    }

    private Led led(Shard shard) {
        var others = shard.leads().stream()
                .flatMap(configuration -> configuration.members().stream())
                .filter(member -> !member.equals(shards.self()))
                .toList();
        var committed = new HashMap<LogName, Long>();
        shard.spaces().orElse(List.of()).forEach(log -> committed.put(log, shard.committed(log)));
        return new Led(others, committed);
    }

    private Map<ReplicaId, List<Point>> points(ShardId shard, Led led) {
        var points = new ArrayList<Point>();
        led.committed().forEach((log, index) -> {
            var name = log.stored(shard);
            try {
                store.point(name, index)
                        .filter(point -> point.checksum() != 0)
                        .ifPresent(point -> points.add(new Point(name, index, point.checksum())));
            } catch (LogException e) {
                LOG.debug("{} is not compared: {}", name, e.getMessage());
            }
        });
        var byNode = new HashMap<ReplicaId, List<Point>>();
        led.others().forEach(node -> byNode.put(node, points));
        return byNode;
    }

    /** A node that does not answer is asked the next time. */
    private CompletionStage<Found> compare(ReplicaId node, List<Point> page, Found before) {
        return peers.call(ShardMap.incarnation(node), METHOD, write(page), PATIENCE)
                .handle((answer, failure) -> {
                    if (failure != null) {
                        return before;
                    }
                    var contradicting = new HashSet<>(before.contradicting());
                    places(answer).stream()
                            .filter(place -> place >= 0 && place < page.size())
                            .forEach(place -> contradicting.add(page.get(place).log() + " at " + node));
                    return new Found(before.asked() + page.size(), contradicting);
                });
    }

    private Found note(Found found) {
        for (var copy : found.contradicting()) {
            if (!known.contains(copy)) {
                LOG.error(
                        "the copy of {} contradicts this node's; a change of configuration has to copy it anew", copy);
            }
        }
        known = found.contradicting();
        return found;
    }

    /** This node's answer to another one's question. */
    CompletionStage<byte[]> answer(byte[] question) {
        return CompletableFuture.supplyAsync(() -> answer(store, question), disk);
    }

    static byte[] answer(LogStore store, byte[] question) {
        var points = read(question);
        var places = new ArrayList<Integer>();
        for (var i = 0; i < points.size(); i++) {
            var place = i;
            var asked = points.get(place);
            try {
                store.point(asked.log(), asked.index())
                        .filter(own -> own.checksum() != 0 && own.checksum() != asked.checksum())
                        .ifPresent(own -> places.add(place));
            } catch (LogException e) {
                // It is damaged here, which is known and dealt with elsewhere.
                LOG.debug("{} is not compared: {}", asked.log(), e.getMessage());
            }
        }
        return bytes(out -> {
            out.writeInt(places.size());
            for (var place : places) {
                out.writeInt(place);
            }
        });
    }

    private interface Writing {
        void to(DataOutputStream out) throws IOException;
    }

    private static byte[] bytes(Writing writing) {
        var bytes = new ByteArrayOutputStream();
        try (var out = new DataOutputStream(bytes)) {
            writing.to(out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return bytes.toByteArray();
    }

    static byte[] write(List<Point> points) {
        return bytes(out -> {
            out.writeInt(points.size());
            for (var point : points) {
                out.writeUTF(point.log());
                out.writeLong(point.index());
                out.writeLong(point.checksum());
            }
        });
    }

    private static List<Point> read(byte[] question) {
        try (var in = new DataInputStream(new ByteArrayInputStream(question))) {
            var count = in.readInt();
            if (count < 0 || count > MOST_POINTS) {
                throw new IllegalArgumentException("%d points at once".formatted(count));
            }
            var points = new ArrayList<Point>();
            for (var i = 0; i < count; i++) {
                points.add(new Point(in.readUTF(), in.readLong(), in.readLong()));
            }
            return points;
        } catch (IOException e) {
            throw new IllegalArgumentException("a question of logs that cannot be read", e);
        }
    }

    /** What an answer names; nothing if it cannot be read. */
    static List<Integer> places(byte[] answer) {
        try (var in = new DataInputStream(new ByteArrayInputStream(answer))) {
            var places = new ArrayList<Integer>();
            for (var left = Math.min(in.readInt(), POINTS_AT_ONCE); left > 0; left--) {
                places.add(in.readInt());
            }
            return places;
        } catch (IOException e) {
            return List.of();
        }
    }
}
