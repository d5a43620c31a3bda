package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.awaitility.Awaitility.await;

import com.typesafe.config.ConfigFactory;
import io.engram.journal.JournalRuntime;
import io.engram.journal.SnapshotShelf;
import io.engram.log.LogChange;
import io.engram.log.LogStore;
import io.engram.log.format.LogPoint;
import io.engram.replication.LogName;
import io.engram.replication.ReplicaId;
import io.engram.replication.ShardId;
import io.engram.snapshot.Position;
import io.engram.snapshot.SnapshotArchive;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Snapshots go from one node to another whole, or not at all. */
class SnapshotExchangeTest {
    private static final ShardId SHARD = new ShardId("7");
    private static final LogName LOG = new LogName("tenant", 3);
    private static final String NAME = LOG.stored(SHARD);
    private static final ReplicaId GIVER = new ReplicaId(new UUID(1, 1).toString());
    private static final ReplicaId TAKER = new ReplicaId(new UUID(2, 2).toString());
    private static final int PIECE_BYTES = 1 << 16;
    private static final int LARGE = 300_000;
    private static final Executor DISK = Thread.ofVirtual()::start;

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @SuppressWarnings("NullAway.Init")
    private Node giver;

    @SuppressWarnings("NullAway.Init")
    private Node taker;

    /** What becomes of the pieces on their way; by default nothing. */
    private UnaryOperator<List<byte[]>> onTheWay = pieces -> pieces;

    private final AtomicInteger fetches = new AtomicInteger();

    /** A node's log and snapshots, without the rest of it. */
    private final class Node implements SnapshotExchange.Surroundings, AutoCloseable {
        final Path snapshots;
        final ActorTestKit kit;
        final LogStore store;
        final SnapshotShelf shelf;
        final SnapshotExchange exchange;
        final List<byte[]> sent = new CopyOnWriteArrayList<>();
        List<ReplicaId> followers = List.of();

        Node(String name) {
            snapshots = folder.resolve(name).resolve("snapshots");
            var config = ConfigFactory.parseString(
                    """
                    pekko.actor.provider = local
                    pekko.loglevel = WARNING
                    pekko.fail-mixed-versions = off
                    engram.journal.dir = "%s"
                    engram.journal.native-dir = "%s"
                    engram.journal.min-free = 0
                    engram.snapshot-store.dir = "%s"
                    engram.snapshot-store.history = 0
                    """.formatted(folder.resolve(name).resolve("log"), folder.resolve("native"), snapshots));
            kit = ActorTestKit.create(name, config.withFallback(ConfigFactory.load()));
            var runtime = JournalRuntime.get(kit.system());
            store = runtime.store();
            shelf = runtime.shelf();
            exchange = new SnapshotExchange(store, this, DISK, PIECE_BYTES);
            exchange.start(shelf);
        }

        /** Entries whose contents depend on a seed and their places. */
        void append(int count, long seed) {
            var contents = IntStream.range(0, count)
                    .mapToObj(i -> new LogChange.Content((seed + ":" + i).getBytes(StandardCharsets.UTF_8), 1_000 + i))
                    .toList();
            get(store.write(List.of(new LogChange.Append(NAME, 1, 1, OptionalLong.empty(), contents))));
        }

        LogPoint point(long index) {
            return store.point(NAME, index).orElseThrow();
        }

        /** A snapshot with so many bytes of content. */
        void save(LogPoint point, int bytes) throws IOException {
            var content = new byte[bytes];
            new Random(point.index()).nextBytes(content);
            new SnapshotArchive(snapshots, Optional.empty())
                    .save(
                            NAME,
                            new Position(point.index(), point.epoch(), point.checksum()),
                            5_000,
                            sink -> sink.write(ByteBuffer.wrap(content)));
        }

        List<Path> files() throws IOException {
            if (!Files.isDirectory(snapshots)) {
                return List.of();
            }
            try (var files = Files.walk(snapshots)) {
                return files.filter(Files::isRegularFile).toList();
            }
        }

        @Override
        public List<ReplicaId> followers(ShardId shard) {
            return followers;
        }

        @Override
        public void send(ReplicaId to, byte[] name) {
            sent.add(name);
        }

        @Override
        public CompletionStage<Void> fetch(ReplicaId from, byte[] request, Consumer<byte[]> piece) {
            fetches.incrementAndGet();
            return CompletableFuture.runAsync(
                    () -> onTheWay.apply(all(giver, request)).forEach(piece), DISK);
        }

        @Override
        public void close() {
            kit.shutdownTestKit();
        }
    }

    private static List<byte[]> all(Node node, byte[] request) {
        var pieces = new ArrayList<byte[]>();
        node.exchange.give(request).forEachRemaining(pieces::add);
        return pieces;
    }

    @BeforeEach
    void start() {
        giver = new Node("giver");
        taker = new Node("taker");
        giver.append(30, 1);
    }

    @AfterEach
    void stop() {
        giver.close();
        taker.close();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(60, TimeUnit.SECONDS).join();
    }

    private CompletionStage<Void> fetch(LogPoint point) {
        return taker.exchange.fetch(GIVER, SHARD, LOG, point);
    }

    private void nothingIsTaken(LogPoint point) throws IOException {
        assertThat(catchThrowable(() -> get(fetch(point)))).isNotNull();
        assertThat(taker.files()).isEmpty();
        assertThat(taker.store.cells(NAME)).isEmpty();
        assertThat(taker.shelf.has(NAME, point)).isFalse();
    }

    @Test
    void a_snapshot_comes_as_it_lies_there_large_ones_in_bounded_pieces_and_small_ones_into_the_log()
            throws IOException {
        giver.save(giver.point(10), 100);
        giver.save(giver.point(20), LARGE);
        var sizes = all(giver, new SnapshotName(NAME, giver.point(20)).toBytes()).stream()
                .map(piece -> piece.length)
                .toList();
        assertThat(sizes).hasSizeGreaterThan(LARGE / PIECE_BYTES).allMatch(size -> size <= PIECE_BYTES);
        for (var index : List.of(10L, 20L)) {
            get(fetch(giver.point(index)));
            assertThat(taker.shelf.has(NAME, giver.point(index))).isTrue();
        }
        assertThat(taker.store.cells(NAME)).hasSize(1);
        assertThat(taker.files()).hasSize(1);
        var taken = taker.files().getFirst();
        assertThat(taken)
                .hasSameBinaryContentAs(giver.files().stream()
                        .filter(file -> file.endsWith(taken.getFileName()))
                        .findFirst()
                        .orElseThrow());
        // What is here is not fetched again.
        get(fetch(giver.point(20)));
        assertThat(fetches).hasValue(2);
    }

    @Test
    void nothing_but_a_snapshot_of_a_spaces_log_is_given() throws IOException {
        giver.save(giver.point(20), LARGE);
        var good = giver.point(20);
        var requests = new ArrayList<>(List.of(
                new byte[0],
                new byte[33],
                new byte[5_000],
                new SnapshotName("node", good).toBytes(),
                new SnapshotName("catalog", good).toBytes(),
                new SnapshotName("../../node.json", good).toBytes(),
                new SnapshotName("space|tenant", good).toBytes(),
                new SnapshotName(LogName.DIRECTORY.stored(SHARD), good).toBytes(),
                new SnapshotName(new LogName("tenant", 4).stored(SHARD), good).toBytes(),
                new SnapshotName(LOG.stored(new ShardId("8")), good).toBytes(),
                new SnapshotName(NAME, giver.point(19)).toBytes(),
                new SnapshotName(NAME, new LogPoint(20, good.epoch() + 1, good.timeMicros(), good.checksum()))
                        .toBytes(),
                new SnapshotName(NAME, new LogPoint(20, good.epoch(), good.timeMicros(), good.checksum() + 1))
                        .toBytes(),
                new SnapshotName(NAME, new LogPoint(-1, 0, 0, 0)).toBytes()));
        var otherVersion = new SnapshotName(NAME, good).toBytes();
        otherVersion[0]++;
        requests.add(otherVersion);
        var noText = new SnapshotName(NAME, good).toBytes();
        noText[noText.length - 1] = (byte) 0xFF;
        requests.add(noText);
        for (var request : requests) {
            assertThatThrownBy(() -> giver.exchange.give(request)).isInstanceOf(IllegalArgumentException.class);
        }
        assertThat(all(giver, new SnapshotName(NAME, good).toBytes())).isNotEmpty();
        assertThat(new SnapshotName(NAME, good)).isEqualTo(SnapshotName.of(new SnapshotName(NAME, good).toBytes()));
    }

    @Test
    void a_stream_that_is_cut_leaves_nothing() throws IOException {
        giver.save(giver.point(20), LARGE);
        var pieces =
                all(giver, new SnapshotName(NAME, giver.point(20)).toBytes()).size();
        for (var kept = 0; kept < pieces; kept++) {
            var here = kept;
            onTheWay = all -> all.subList(0, here);
            nothingIsTaken(giver.point(20));
            onTheWay = all -> {
                var some = new ArrayList<>(all);
                var last = some.remove(here);
                some.add(here, Arrays.copyOf(last, last.length - 1));
                return some;
            };
            nothingIsTaken(giver.point(20));
        }
        onTheWay = all -> {
            var more = new ArrayList<>(all);
            more.add(new byte[1]);
            return more;
        };
        nothingIsTaken(giver.point(20));
    }

    @Test
    void a_flipped_bit_leaves_nothing() throws IOException {
        giver.save(giver.point(10), 100);
        giver.save(giver.point(20), LARGE);
        var random = new Random(5);
        for (var i = 0; i < 40; i++) {
            onTheWay = all -> {
                // The time in the first piece is the name of the file; a wrong one is seen as well.
                var piece = all.get(random.nextInt(all.size()));
                piece[random.nextInt(piece.length)] ^= (byte) (1 << random.nextInt(8));
                return all;
            };
            nothingIsTaken(giver.point(i % 2 == 0 ? 10 : 20));
        }
    }

    @Test
    void another_snapshot_than_the_one_that_was_asked_for_leaves_nothing() throws IOException {
        giver.save(giver.point(10), 100);
        giver.save(giver.point(20), LARGE);
        onTheWay = all -> all(giver, new SnapshotName(NAME, giver.point(10)).toBytes());
        nothingIsTaken(giver.point(20));
        onTheWay = all -> all;
        var point = giver.point(20);
        nothingIsTaken(new LogPoint(20, point.epoch(), point.timeMicros(), point.checksum() ^ 1));
    }

    @Test
    void a_damaged_snapshot_is_not_given_and_an_older_one_counts_as_the_newest() throws IOException {
        giver.save(giver.point(10), 100);
        giver.save(giver.point(20), LARGE);
        var file = giver.files().stream()
                .filter(each -> each.toString().contains("20-"))
                .findFirst()
                .orElseThrow();
        var bytes = Files.readAllBytes(file);
        bytes[LARGE / 2] ^= 1;
        Files.write(file, bytes);
        nothingIsTaken(giver.point(20));
        await().until(() -> giver.exchange.newest(SHARD, LOG).equals(Optional.of(giver.point(10))));
    }

    @Test
    void a_snapshot_that_the_log_does_not_prove_is_not_the_newest() throws IOException {
        giver.save(giver.point(10), 100);
        var other = giver.point(20);
        giver.save(new LogPoint(20, other.epoch(), other.timeMicros(), other.checksum() ^ 1), 100);
        giver.save(new LogPoint(40, 1, 1, 1), 100);
        assertThat(get(giver.exchange.covered(NAME))).isEqualTo(10);
        assertThat(giver.exchange.newest(SHARD, LogName.DIRECTORY)).isEmpty();
    }

    @Test
    void a_few_are_fetched_at_a_time_each_once_and_a_silent_node_is_given_up() throws IOException {
        var open = new AtomicInteger();
        var most = new AtomicInteger();
        var silent = new CompletableFuture<Void>();
        SnapshotFetches.Way way = (from, request, piece) -> {
            if (SnapshotName.of(request).point().index() == 1) {
                return silent;
            }
            most.accumulateAndGet(open.incrementAndGet(), Math::max);
            return CompletableFuture.runAsync(
                    () -> {
                        all(giver, request).forEach(piece);
                        open.decrementAndGet();
                    },
                    CompletableFuture.delayedExecutor(20, TimeUnit.MILLISECONDS));
        };
        for (var i = 2; i <= 12; i++) {
            giver.save(giver.point(i), 100);
        }
        var bounded = new SnapshotFetches(taker.shelf, way, DISK, Duration.ofMillis(300));
        var all = new ArrayList<CompletionStage<Void>>();
        for (var i = 1; i <= 12; i++) {
            var name = new SnapshotName(NAME, giver.point(i));
            all.add(bounded.fetch(GIVER, name, name.point().index() % 2 == 0));
            assertThat(bounded.fetch(GIVER, name, name.point().index() % 2 == 0))
                    .isSameAs(all.getLast());
        }
        assertThatThrownBy(() -> get(all.getFirst())).hasMessageContaining("nothing more");
        all.subList(1, all.size()).forEach(SnapshotExchangeTest::get);
        assertThat(most.get()).isBetween(2, 3);
    }

    @Test
    void a_replica_fetches_what_it_was_told_of_if_its_log_agrees_as_soon_as_it_has_come_so_far() throws IOException {
        giver.save(giver.point(10), 100);
        giver.save(giver.point(20), LARGE);
        giver.followers = List.of(TAKER);
        giver.exchange.kept(NAME, 20);
        assertThat(giver.sent).hasSize(1);

        // The log is not here: nobody knows what that would be a snapshot of.
        taker.exchange.told(GIVER, giver.sent.getFirst());
        taker.exchange.told(GIVER, new byte[7]);
        assertThat(fetches).hasValue(0);
        taker.append(15, 1);
        taker.exchange.told(GIVER, giver.sent.getFirst());
        get(taker.store.write(List.of(new LogChange.Append(
                NAME,
                1,
                16,
                OptionalLong.empty(),
                IntStream.range(15, 25)
                        .mapToObj(i -> new LogChange.Content(("1:" + i).getBytes(StandardCharsets.UTF_8), 1_000 + i))
                        .toList()))));
        await().atMost(30, TimeUnit.SECONDS).until(() -> taker.shelf.has(NAME, giver.point(20)));
        assertThat(fetches).hasValue(1);
    }

    @Test
    void a_replica_with_another_log_fetches_nothing() throws IOException {
        giver.save(giver.point(20), LARGE);
        taker.append(30, 2);
        taker.exchange.told(GIVER, new SnapshotName(NAME, giver.point(20)).toBytes());
        taker.exchange.told(GIVER, new SnapshotName(NAME, taker.point(25)).toBytes());
        // The second one agrees, so that it is asked for; the giver has no such.
        await().until(() -> fetches.get() > 0);
        assertThat(taker.files()).isEmpty();
        assertThat(taker.shelf.has(NAME, giver.point(20))).isFalse();
    }

    @Test
    void the_snapshots_of_a_log_that_is_gone_go_and_those_of_one_that_is_there_stay() throws IOException {
        giver.save(giver.point(20), LARGE);
        giver.exchange.dropped(SHARD, LOG);
        get(giver.exchange.fetch(TAKER, SHARD, LOG, giver.point(20)));
        assertThat(giver.files()).hasSize(1);
        get(giver.store.drop(NAME));
        giver.exchange.dropped(SHARD, LOG);
        await().until(() -> giver.files().isEmpty());
    }
}
