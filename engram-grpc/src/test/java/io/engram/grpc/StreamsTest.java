package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.grpc.v1.Cue;
import io.engram.grpc.v1.Memory;
import io.engram.grpc.v1.RecallRequest;
import io.engram.grpc.v1.RecallResponse;
import io.engram.grpc.v1.RememberRequest;
import io.engram.grpc.v1.RememberResponse;
import io.engram.grpc.v1.SemanticCue;
import io.engram.space.EngramException;
import io.engram.space.RememberReceipt;
import io.engram.space.SpaceId;
import io.grpc.CallOptions;
import io.grpc.Status;
import io.grpc.Status.Code;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.apache.pekko.Done;
import org.apache.pekko.NotUsed;
import org.apache.pekko.stream.OverflowStrategy;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.apache.pekko.stream.javadsl.SourceQueueWithComplete;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The two streams, deadlines and shutting down. */
class StreamsTest {
    private static final int IN_FLIGHT = 4;

    private final FakeSpaces spaces = new FakeSpaces();
    private final GrpcFixture grpc =
            new GrpcFixture(spaces, List.of(), GrpcSettings.DEFAULTS.withMaxInFlightPerStream(IN_FLIGHT));

    @AfterEach
    void close() {
        grpc.close();
    }

    private static RememberRequest item(String id) {
        return RememberRequest.newBuilder()
                .setMemory(Memory.newBuilder().setId(id).setContent("words of " + id))
                .build();
    }

    private static RememberRequest badItem() {
        return RememberRequest.newBuilder()
                .setMemory(Memory.newBuilder().setId("bad").setContent(" "))
                .build();
    }

    private record Ended(List<RememberResponse> answers, Optional<Status> failure) {
        List<String> ids() {
            return answers.stream().map(RememberResponse::getMemoryId).toList();
        }
    }

    private CompletionStage<Ended> remember(Source<RememberRequest, NotUsed> items) {
        var answers = Collections.synchronizedList(new ArrayList<RememberResponse>());
        return grpc.engram
                .streamingRemember(items)
                .runWith(Sink.foreach(answers::add), grpc.system)
                .handle((_, failure) -> new Ended(
                        List.copyOf(answers),
                        Optional.ofNullable(failure).map(f -> Status.fromThrowable(EngramException.reasonOf(f)))));
    }

    @Test
    void answers_come_in_the_order_of_the_requests_though_the_work_ends_in_another() {
        var open = new ConcurrentLinkedQueue<Runnable>();
        spaces.answerInstead(request -> {
            var answer = new CompletableFuture<RememberReceipt>();
            open.add(() -> answer.complete(spaces.store(new SpaceId("default"), request)));
            return Optional.of(answer);
        });
        var ids = IntStream.range(0, 40).mapToObj(i -> "m" + i).toList();
        var ended = remember(Source.from(ids).map(StreamsTest::item)).toCompletableFuture();
        await().atMost(GrpcFixture.PATIENCE).until(() -> {
            var some = new ArrayList<>(open);
            open.removeAll(some);
            some.reversed().forEach(Runnable::run);
            return ended.isDone();
        });
        assertThat(await(ended).ids()).isEqualTo(ids);
        assertThat(await(ended).failure()).isEmpty();
    }

    @Test
    void no_more_than_the_bound_is_worked_on_and_the_sender_waits() {
        var open = new ConcurrentLinkedQueue<Runnable>();
        var most = new AtomicInteger();
        spaces.answerInstead(request -> {
            var answer = new CompletableFuture<RememberReceipt>();
            open.add(() -> answer.complete(spaces.store(new SpaceId("default"), request)));
            most.accumulateAndGet(open.size(), Math::max);
            return Optional.of(answer);
        });
        var ended = remember(Source.range(1, 50).map(i -> item("m" + i))).toCompletableFuture();
        await().atMost(GrpcFixture.PATIENCE).until(() -> open.size() == IN_FLIGHT);
        await().atMost(GrpcFixture.PATIENCE).until(() -> {
            Optional.ofNullable(open.poll()).ifPresent(Runnable::run);
            return ended.isDone();
        });
        assertThat(await(ended).answers()).hasSize(50);
        assertThat(most.get()).isEqualTo(IN_FLIGHT);
    }

    @Test
    void a_bad_item_ends_the_call_after_the_answers_before_it() {
        var slow = new CompletableFuture<Void>();
        spaces.answerInstead(request -> request.id().equals(Optional.of("a"))
                ? Optional.of(slow.thenApply(_ -> spaces.store(new SpaceId("default"), request)))
                : Optional.empty());
        var ended = remember(Source.from(List.of(item("a"), item("b"), badItem(), item("c"))));
        await().atMost(GrpcFixture.PATIENCE).until(() -> !spaces.remembered().isEmpty());
        slow.completeAsync(() -> null);
        var end = await(ended);
        assertThat(end.ids()).containsExactly("a", "b");
        assertThat(end.failure().orElseThrow().getCode()).isEqualTo(Code.INVALID_ARGUMENT);
        assertThat(end.failure().orElseThrow().getDescription()).contains("memory.content");
    }

    @Test
    void a_bad_item_that_asks_for_it_is_answered_in_its_place() {
        spaces.answerInstead(request -> request.id().equals(Optional.of("b"))
                ? Optional.of(
                        CompletableFuture.failedFuture(EngramException.overloaded("too much", Duration.ofMillis(250))))
                : Optional.empty());
        var end = await(remember(Source.from(List.of(item("a"), badItem(), item("b"), item("c")))
                .map(item -> item.toBuilder().setReportErrorInline(true).build())));
        assertThat(end.failure()).isEmpty();
        assertThat(end.ids()).containsExactly("a", "", "", "c");
        assertThat(end.answers().get(1).getError().getCode()).isEqualTo(Code.INVALID_ARGUMENT.value());
        assertThat(end.answers().get(2).getError().getCode()).isEqualTo(Code.RESOURCE_EXHAUSTED.value());
        assertThat(end.answers().get(2).getError().getRetryAfterMs()).isEqualTo(250);
        assertThat(end.answers().get(3).hasError()).isFalse();
    }

    @Test
    void the_key_of_an_item_is_its_own() {
        var keyed = item("k").toBuilder().setIdempotencyKey("key-1").build();
        var end = await(remember(Source.from(List.of(keyed, keyed))));
        assertThat(end.answers()).extracting(RememberResponse::getReplayed).containsExactly(false, true);
        var failure = await(grpc.engram
                .streamingRemember()
                .addHeader("idempotency-key", "for all")
                .invoke(Source.single(item("n")))
                .runWith(Sink.ignore(), grpc.system)
                .<Optional<Throwable>>handle((_, f) -> Optional.ofNullable(f)));
        assertThat(failure.map(
                        f -> Status.fromThrowable(EngramException.reasonOf(f)).getCode()))
                .contains(Code.INVALID_ARGUMENT);
    }

    @Test
    void a_stream_of_recalls_answers_each_in_its_turn() {
        for (var id : List.of("red", "green")) {
            await(grpc.engram.remember(item(id)));
        }
        var answers = await(grpc.engram
                .streamingRecall(Source.from(List.of("green", "nothing", "red")).map(StreamsTest::about))
                .runWith(Sink.seq(), grpc.system));
        assertThat(answers)
                .extracting(answer ->
                        answer.getMemoriesList().stream().map(Memory::getId).toList())
                .containsExactly(List.of("green"), List.of(), List.of("red"));
        var withError = await(grpc.engram
                .streamingRecall(Source.from(List.of(
                        RecallRequest.newBuilder().setReportErrorInline(true).build(), about("red"))))
                .runWith(Sink.seq(), grpc.system));
        assertThat(withError).extracting(RecallResponse::hasError).containsExactly(true, false);
    }

    private static RecallRequest about(String words) {
        return RecallRequest.newBuilder()
                .setCue(Cue.newBuilder().setSemantic(SemanticCue.newBuilder().setQuery(words)))
                .build();
    }

    @Test
    void the_server_gives_a_call_up_at_its_deadline() {
        spaces.answerInstead(_ -> Optional.of(new CompletableFuture<>()));
        for (var call : List.of("Remember", "StreamingRemember")) {
            var status = GrpcFixture.failure(GrpcFixture.raw(
                    grpc.channel,
                    "engram.v1.EngramService/" + call,
                    CallOptions.DEFAULT,
                    Duration.ofMillis(300),
                    item("late").toByteArray()));
            assertThat(status.getCode()).isEqualTo(Code.DEADLINE_EXCEEDED);
            // Nobody ever answers; only the deadline can have ended the call on the server's side.
            await().atMost(GrpcFixture.PATIENCE).until(() -> openCalls() == 0);
        }
    }

    private double openCalls() {
        return grpc.meters.get("engram.grpc.calls.open").gauge().value();
    }

    @Test
    void draining_answers_what_was_taken_and_refuses_the_rest() {
        var gate = new CompletableFuture<Void>();
        spaces.answerInstead(
                request -> Optional.of(gate.thenApply(_ -> spaces.store(new SpaceId("default"), request))));
        var unary = grpc.engram.remember(item("unary")).toCompletableFuture();
        var stream = openStream();
        var offered = stream.queue().offer(item("streamed")).toCompletableFuture();
        await(offered);
        await().atMost(GrpcFixture.PATIENCE).until(() -> spaces.remembered().size() == 2);

        CompletableFuture<Done> drained = grpc.door.drain().toCompletableFuture();
        var refused = GrpcFixture.failure(grpc.engram.remember(item("new")));
        assertThat(refused.getCode()).isEqualTo(Code.UNAVAILABLE);
        assertThat(drained).isNotDone();

        gate.completeAsync(() -> null);
        assertThat(await(unary).getMemoryId()).isEqualTo("unary");
        var end = await(stream.ended());
        assertThat(end.ids()).containsExactly("streamed");
        assertThat(end.failure().map(Status::getCode)).contains(Code.UNAVAILABLE);
        await(drained);
        assertThat(spaces.remembered()).hasSize(2);
        await(grpc.door.close(Duration.ofSeconds(2)));
    }

    private record OpenStream(SourceQueueWithComplete<RememberRequest> queue, CompletionStage<Ended> ended) {}

    private OpenStream openStream() {
        var pair = Source.<RememberRequest>queue(8, OverflowStrategy.backpressure())
                .preMaterialize(grpc.system);
        return new OpenStream(pair.first(), remember(pair.second()));
    }

    @Test
    void a_stream_whose_client_leaves_is_no_longer_counted() {
        var stream = openStream();
        await(stream.queue().offer(item("one")));
        await().atMost(GrpcFixture.PATIENCE).until(() -> spaces.remembered().size() == 1);
        stream.queue().fail(new IllegalStateException("the client went away"));
        await(stream.ended());
        await(grpc.door.drain());
    }

    @Test
    void a_port_in_use_is_named() {
        var port = grpc.door.address().getPort();
        var settings = GrpcSettings.DEFAULTS.withAddress("127.0.0.1", port);
        var failure = await(GrpcDoor.bind(grpc.system, spaces, List.of(), grpc.meters, settings)
                .<Optional<Throwable>>handle((_, f) -> Optional.ofNullable(f).map(EngramException::reasonOf)));
        assertThat(failure).get().isInstanceOf(java.net.BindException.class);
        assertThat(failure.orElseThrow()).hasMessageContaining("127.0.0.1:" + port);
    }
}
