package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.PATIENCE;
import static io.engram.grpc.GrpcFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.waitAtMost;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.AppenderBase;
import com.typesafe.config.ConfigFactory;
import io.engram.grpc.PeerFixture.Received;
import io.engram.peer.Channel;
import io.engram.peer.PeerException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Two nodes in one process speak with each other through their gRPC ports. */
class PeerLinksTest {
    private static final int MAX = 256 * 1024;
    private static final PeerSettings SETTINGS = PeerSettings.DEFAULTS.withSizes(MAX, 16 * 1024, 1024 * 1024);
    private static final ActorSystem<Void> SYSTEM = ActorSystem.create(
            Behaviors.empty(),
            "peer-test",
            ConfigFactory.parseString("pekko.fail-mixed-versions = off").withFallback(ConfigFactory.load()));

    /** What was logged; written by many threads. */
    private static final class Log extends AppenderBase<ILoggingEvent> {
        final ConcurrentLinkedQueue<ILoggingEvent> list = new ConcurrentLinkedQueue<>();

        @Override
        protected void append(ILoggingEvent event) {
            list.add(event);
        }
    }

    private final Log log = new Log();
    private final PeerFixture a = new PeerFixture(SYSTEM, SETTINGS);
    private final PeerFixture b = new PeerFixture(SYSTEM, SETTINGS);

    @AfterAll
    static void terminate() {
        SYSTEM.terminate();
        await(SYSTEM.getWhenTerminated());
    }

    private static ch.qos.logback.classic.Logger rootLogger() {
        return (ch.qos.logback.classic.Logger) LoggerFactory.getLogger(Logger.ROOT_LOGGER_NAME);
    }

    @BeforeEach
    void listen() {
        // Every frame in the log would take longer than its way.
        ((ch.qos.logback.classic.Logger) LoggerFactory.getLogger("io.grpc")).setLevel(Level.INFO);
        log.start();
        rootLogger().addAppender(log);
    }

    @AfterEach
    void the_log_holds_no_complaint() {
        a.close();
        b.close();
        rootLogger().detachAppender(log);
        assertThat(log.list)
                .filteredOn(event -> event.getLevel().isGreaterOrEqual(Level.WARN)
                        || (event.getLevel().isGreaterOrEqual(Level.INFO) && event.getThrowableProxy() != null))
                .isEmpty();
    }

    private static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static PeerException failure(CompletionStage<?> stage) {
        try {
            throw new AssertionError("answered instead of failing: " + await(stage));
        } catch (PeerException e) {
            return e;
        }
    }

    private static List<String> messages(PeerFixture node) {
        return node.handler.received.stream().map(Received::message).toList();
    }

    @Test
    void messages_go_both_ways_with_their_channel_and_sender() {
        a.links.send(b.peer(), Channel.REPLICATION, bytes("to b"));
        b.links.send(a.peer(), Channel.CATALOG, bytes("to a"));
        waitAtMost(PATIENCE).untilAsserted(() -> {
            assertThat(b.handler.received).containsExactly(new Received(a.incarnation, Channel.REPLICATION, "to b"));
            assertThat(a.handler.received).containsExactly(new Received(b.incarnation, Channel.CATALOG, "to a"));
        });
        assertThat(a.links.state(b.peer()).connected()).isTrue();
        assertThat(a.handler.clusters).containsExactly("a-cluster/1");
    }

    @Test
    void messages_arrive_in_the_order_in_which_they_were_sent() {
        var expected = IntStream.range(0, 20_000).mapToObj(i -> "message " + i).toList();
        for (int from = 0; from < expected.size(); from += 5000) {
            expected.subList(from, from + 5000)
                    .forEach(message -> a.links.send(b.peer(), Channel.REPLICATION, bytes(message)));
            // Never more than fits.
            waitAtMost(PATIENCE).until(() -> a.links.state(b.peer()).queuedBytes() < 500_000);
        }
        waitAtMost(PATIENCE).until(() -> b.handler.received.size() >= expected.size());
        assertThat(messages(b)).isEqualTo(expected);
        assertThat(a.links.state(b.peer()).dropped()).isZero();
    }

    @Test
    void the_oldest_are_dropped_and_counted_when_the_peer_does_not_keep_up() {
        b.closeDoor();
        var each = 50_000;
        for (int i = 0; i < 40; i++) {
            a.links.send(b.peer(), Channel.REPLICATION, Arrays.copyOf(bytes(i + " "), each));
        }
        var state = a.links.state(b.peer());
        assertThat(state.queuedBytes()).isBetween((long) each, 1024L * 1024);
        var kept = (int) (state.queuedBytes() / each);
        assertThat(state.dropped()).isEqualTo(40 - kept);
        b.open();
        waitAtMost(PATIENCE).until(() -> b.handler.received.size() == kept);
        assertThat(messages(b).stream().map(m -> m.substring(0, m.indexOf(' '))))
                .containsExactlyElementsOf(IntStream.range(40 - kept, 40)
                        .mapToObj(Integer::toString)
                        .toList());
        assertThat(a.links.state(b.peer()).queuedBytes()).isZero();
    }

    @Test
    void a_peer_that_went_away_is_noticed_and_reached_again_when_it_is_back() {
        a.links.send(b.peer(), Channel.CATALOG, bytes("before"));
        waitAtMost(PATIENCE).until(() -> messages(b).contains("before"));
        for (int round = 0; round < 3; round++) {
            b.closeDoor();
            a.links.send(b.peer(), Channel.CATALOG, bytes("meanwhile"));
            waitAtMost(PATIENCE).until(() -> !a.links.state(b.peer()).connected());
            b.open();
            var after = "after " + round;
            waitAtMost(PATIENCE).until(() -> {
                a.links.send(b.peer(), Channel.CATALOG, bytes(after));
                return messages(b).contains(after);
            });
            assertThat(a.links.state(b.peer()).connected()).isTrue();
        }
    }

    @Test
    void what_was_sent_while_the_peer_was_away_arrives_without_another_word() {
        b.closeDoor();
        a.links.send(b.peer(), Channel.CATALOG, bytes("patient"));
        waitAtMost(PATIENCE)
                .until(() ->
                        log.list.stream().anyMatch(e -> e.getFormattedMessage().contains("Connection refused")));
        assertThat(a.links.state(b.peer()).connected()).isFalse();
        b.open();
        waitAtMost(PATIENCE).until(() -> messages(b).contains("patient"));
    }

    @Test
    void one_who_takes_the_connection_and_says_nothing_is_not_waited_for() throws IOException {
        var d = SETTINGS;
        var impatient = new PeerSettings(
                d.maxMessageBytes(),
                d.batchBytes(),
                d.queueBytes(),
                d.backOffMin(),
                d.backOffMax(),
                Duration.ofMillis(200),
                d.pieceTimeout());
        b.closeDoor();
        try (var c = new PeerFixture(SYSTEM, impatient)) {
            try (var silent = new ServerSocket()) {
                silent.setReuseAddress(true);
                silent.bind(new InetSocketAddress("127.0.0.1", b.peer().port()));
                c.links.send(b.peer(), Channel.CATALOG, bytes("hello"));
                var failure = failure(c.links.call(b.peer(), "m", bytes("x"), Duration.ofMillis(500)));
                assertThat(failure.isNotSent()).isTrue();
                waitAtMost(PATIENCE)
                        .until(() -> log.list.stream()
                                .anyMatch(e -> e.getFormattedMessage().contains("it did not answer within 400 ms")));
                assertThat(c.links.state(b.peer()).connected()).isFalse();
            }
            b.open();
            waitAtMost(PATIENCE).until(() -> messages(b).contains("hello"));
        }
    }

    @Test
    void one_who_is_not_meant_refuses() {
        var gone = UUID.randomUUID();
        a.links.send(b.as(gone), Channel.CATALOG, bytes("for another"));
        var failure = failure(a.links.call(b.as(gone), "any", bytes("x"), PATIENCE));
        assertThat(failure).hasMessageContaining(gone.toString()).hasMessageContaining(b.incarnation.toString());
        assertThat(failure.isNotSent()).isTrue();
        waitAtMost(PATIENCE)
                .until(() -> log.list.stream()
                        .anyMatch(e -> e.getFormattedMessage().contains("is closed: this is the node")));
        assertThat(b.handler.received).isEmpty();
        assertThat(a.links.state(b.as(gone)).connected()).isFalse();
    }

    @Test
    void one_who_does_not_know_the_sender_refuses_until_it_does() {
        b.handler.refusal = Optional.of("it is of another cluster");
        a.links.send(b.peer(), Channel.CATALOG, bytes("hello"));
        var failure = failure(a.links.call(b.peer(), "any", bytes("x"), PATIENCE));
        assertThat(failure)
                .hasMessageContaining("it is of another cluster")
                .hasMessageContaining(a.incarnation.toString());
        assertThat(failure.isNotSent()).isTrue();
        assertThat(b.handler.received).isEmpty();
        b.handler.refusal = Optional.empty();
        waitAtMost(PATIENCE).until(() -> messages(b).equals(List.of("hello")));
    }

    @Test
    void a_cluster_that_was_founded_meanwhile_is_told_with_the_next_message() {
        a.cluster = "";
        a.links.send(b.peer(), Channel.CATALOG, bytes("one"));
        waitAtMost(PATIENCE).until(() -> messages(b).equals(List.of("one")));
        a.cluster = "founded";
        a.links.send(b.peer(), Channel.CATALOG, bytes("two"));
        waitAtMost(PATIENCE).until(() -> messages(b).equals(List.of("one", "two")));
        assertThat(b.handler.clusters).containsExactly("/1", "founded/1");
    }

    @Test
    void a_call_is_answered() {
        b.handler.asked = (method, request, timeout) -> CompletableFuture.completedFuture(
                bytes(method + " " + request.length + " " + (timeout.toSeconds() < 30 && timeout.toSeconds() >= 15)));
        assertThat(await(a.links.call(b.peer(), "method", new byte[100_000], Duration.ofSeconds(20))))
                .isEqualTo(bytes("method 100000 true"));
        assertThat(a.links.state(b.peer()).connected()).isTrue();
    }

    @Test
    void a_call_that_is_not_answered_in_time_fails_and_may_have_been_done() {
        b.handler.asked = (_, _, _) -> new CompletableFuture<>();
        var failure = failure(a.links.call(b.peer(), "slow", bytes("x"), Duration.ofMillis(300)));
        assertThat(failure).hasMessageContaining("slow").hasMessageContaining("300 ms");
        assertThat(failure.isNotSent()).isFalse();
    }

    @Test
    void a_failure_is_told_by_its_text_whether_thrown_or_answered() {
        var text = "né à Kraków % 100\nsecond line";
        b.handler.asked = (_, _, _) -> CompletableFuture.failedFuture(new IllegalStateException(text));
        var failed = failure(a.links.call(b.peer(), "m", bytes("x"), PATIENCE));
        assertThat(failed).hasMessage(text);
        assertThat(failed.isNotSent()).isFalse();
        b.handler.asked = (_, _, _) -> {
            throw new PeerException("not now", true);
        };
        var thrown = failure(a.links.call(b.peer(), "m", bytes("x"), PATIENCE));
        assertThat(thrown).hasMessage("not now");
        assertThat(thrown.isNotSent()).isTrue();
    }

    @Test
    void a_call_to_a_peer_that_is_away_was_not_sent_and_the_next_one_after_its_return_works() {
        b.closeDoor();
        var failure = failure(a.links.call(b.peer(), "m", bytes("x"), PATIENCE));
        assertThat(failure.isNotSent()).isTrue();
        assertThat(failure).hasMessageContaining("Connection refused");
        assertThat(a.links.state(b.peer()).connected()).isFalse();
        b.open();
        waitAtMost(PATIENCE)
                .ignoreExceptionsInstanceOf(PeerException.class)
                .untilAsserted(() -> assertThat(await(a.links.call(b.peer(), "m", bytes("x"), PATIENCE)))
                        .isEqualTo(bytes("x")));
    }

    @Test
    void a_call_that_was_taken_by_a_peer_that_then_went_away_may_have_been_done() {
        var taken = new CountDownLatch(1);
        b.handler.asked = (_, _, _) -> {
            taken.countDown();
            return new CompletableFuture<>();
        };
        var answer = a.links.call(b.peer(), "m", bytes("x"), PATIENCE);
        waitAtMost(PATIENCE).until(() -> taken.getCount() == 0);
        b.closeDoor();
        assertThat(failure(answer).isNotSent()).isFalse();
    }

    @Test
    void fifty_megabytes_are_fetched_in_order_and_no_faster_than_they_are_taken() {
        var pieces = new CountedPieces(500, Optional.empty());
        b.handler.fetched = (_, _) -> pieces;
        var go = new CountDownLatch(1);
        var taken = new ArrayList<byte[]>();
        var fetched = a.links.fetch(b.peer(), "log", bytes("all"), piece -> {
            try {
                go.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            }
            taken.add(piece);
        });
        // What is under way fits in the windows of the connection; the rest is not even read.
        waitAtMost(PATIENCE).until(() -> pieces.given.get() > 0);
        waitAtMost(PATIENCE).during(Duration.ofMillis(300)).until(() -> pieces.given.get() < 100);
        go.countDown();
        await(fetched.thenApply(_ -> true));
        assertThat(taken).hasSize(500);
        for (int i = 0; i < taken.size(); i++) {
            assertThat(Arrays.equals(taken.get(i), CountedPieces.piece(i)))
                    .as("piece " + i)
                    .isTrue();
        }
        waitAtMost(PATIENCE).untilTrue(pieces.closed);
    }

    @Test
    void a_fetch_that_fails_in_the_middle_says_why() {
        var pieces = new CountedPieces(7, Optional.of("the log was cut"));
        b.handler.fetched = (_, _) -> pieces;
        var taken = new AtomicInteger();
        var failure = failure(a.links.fetch(b.peer(), "log", bytes("all"), _ -> taken.incrementAndGet()));
        assertThat(failure).hasMessage("the log was cut");
        assertThat(taken).hasValue(7);
        waitAtMost(PATIENCE).untilTrue(pieces.closed);
    }

    @Test
    void a_fetch_of_what_is_not_there_says_so() {
        assertThat(failure(a.links.fetch(b.peer(), "nothing", bytes(""), _ -> {})))
                .hasMessage("there is no nothing");
    }

    @Test
    void a_fetch_ends_when_the_taker_fails() {
        var pieces = new CountedPieces(500, Optional.empty());
        b.handler.fetched = (_, _) -> pieces;
        var failure = failure(a.links.fetch(b.peer(), "log", bytes("all"), _ -> {
            throw new IllegalStateException("no room");
        }));
        assertThat(failure).hasMessageContaining("no room");
        waitAtMost(PATIENCE).untilTrue(pieces.closed);
        assertThat(pieces.given).hasValueLessThan(500);
    }

    @Test
    void a_fetch_of_which_nothing_comes_any_more_fails() {
        try (var impatient = new PeerFixture(SYSTEM, SETTINGS.withPieceTimeout(Duration.ofMillis(200)))) {
            var never = new CountDownLatch(1);
            b.handler.fetched = (_, _) -> {
                try {
                    never.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return List.<byte[]>of().iterator();
            };
            assertThat(failure(impatient.links.fetch(b.peer(), "log", bytes(""), _ -> {})))
                    .hasMessageContaining("nothing came for 200 ms");
            never.countDown();
        }
    }

    @Test
    void what_is_too_large_is_refused_at_both_ends() {
        assertThatThrownBy(() -> a.links.send(b.peer(), Channel.REPLICATION, new byte[MAX + 1]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("at most " + MAX);
        assertThat(failure(a.links.call(b.peer(), "m", new byte[MAX + 1], PATIENCE)))
                .hasMessageContaining("at most " + MAX)
                .matches(PeerException::isNotSent);
        b.handler.asked = (_, _, _) -> CompletableFuture.completedFuture(new byte[MAX + 1]);
        assertThat(failure(a.links.call(b.peer(), "m", bytes("x"), PATIENCE)))
                .hasMessageContaining("the answer to m has");
        b.handler.asked = (_, _, _) -> CompletableFuture.completedFuture(new byte[MAX]);
        assertThat(await(a.links.call(b.peer(), "m", new byte[MAX], PATIENCE))).hasSize(MAX);
        try (var loose = new PeerFixture(SYSTEM, PeerSettings.DEFAULTS)) {
            // The sender's limit is higher here: the receiver has one of its own.
            assertThat(failure(loose.links.call(b.peer(), "m", new byte[2 * MAX], PATIENCE)))
                    .hasMessageContaining("at most");
            loose.links.send(b.peer(), Channel.REPLICATION, new byte[2 * MAX]);
            waitAtMost(PATIENCE)
                    .until(() -> log.list.stream()
                            .anyMatch(e -> e.getFormattedMessage().contains("bytes are accepted")));
            loose.links.send(b.peer(), Channel.REPLICATION, bytes("small"));
            waitAtMost(PATIENCE).until(() -> messages(b).contains("small"));
        }
    }

    @Test
    void garbage_on_the_port_disturbs_nobody() throws IOException {
        var random = new Random(20261125);
        var preface = bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        for (int i = 0; i < 20; i++) {
            try (var socket = new Socket("127.0.0.1", b.peer().port())) {
                var garbage = new byte[2000];
                random.nextBytes(garbage);
                if (i % 2 == 0) {
                    socket.getOutputStream().write(preface);
                }
                socket.getOutputStream().write(garbage);
            } catch (IOException e) {
                // It may have been shown the door already.
                assertThat(e).isInstanceOf(java.net.SocketException.class);
            }
        }
        assertThat(await(a.links.call(b.peer(), "m", bytes("x"), PATIENCE))).isEqualTo(bytes("x"));
        // What the port says about bytes that are no HTTP is not this test's.
        log.list.removeIf(event -> event.getLoggerName().startsWith("org.apache.pekko"));
    }

    @Test
    void a_call_without_a_sender_is_refused_and_reflection_is_silent_about_it_all() {
        var channel = io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder.forAddress(
                        "127.0.0.1", b.peer().port())
                .usePlaintext()
                .build();
        var status = GrpcFixture.failure(GrpcFixture.raw(
                channel, "engram.cluster.v1.PeerService/Call", io.grpc.CallOptions.DEFAULT, new byte[0]));
        assertThat(status.getCode()).isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT);
        assertThat(status.getDescription()).contains("engram-peer-from");
        var listServices = new byte[] {0x3a, 0};
        var listed = await(GrpcFixture.raw(
                channel,
                "grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
                io.grpc.CallOptions.DEFAULT,
                listServices));
        assertThat(new String(listed.getFirst(), StandardCharsets.ISO_8859_1))
                .contains("engram.v1.EngramService")
                .doesNotContain("PeerService");
        channel.shutdownNow();
    }

    /** Prints what a small message takes there and back; nothing is asserted on it. */
    @Test
    void a_small_message_goes_there_and_back() throws InterruptedException {
        var back = new ConcurrentLinkedQueue<CountDownLatch>();
        b.handler.also = message -> b.links.send(a.peer(), Channel.REPLICATION, message);
        a.handler.also = _ -> Optional.ofNullable(back.poll()).ifPresent(CountDownLatch::countDown);
        var micros = new ArrayList<Double>();
        for (int i = 0; i < 6000; i++) {
            var latch = new CountDownLatch(1);
            back.add(latch);
            var start = System.nanoTime();
            a.links.send(b.peer(), Channel.REPLICATION, bytes("0123456789012345678901234567890123456789"));
            assertThat(latch.await(PATIENCE.toSeconds(), java.util.concurrent.TimeUnit.SECONDS))
                    .isTrue();
            if (i >= 3000) {
                micros.add((System.nanoTime() - start) / 1000.0);
            }
        }
        micros.sort(Double::compare);
        LoggerFactory.getLogger(PeerLinksTest.class)
                .info(
                        "There and back: median {} us, 99 % {} us",
                        micros.get(micros.size() / 2).intValue(),
                        micros.get(micros.size() * 99 / 100).intValue());
    }
}
