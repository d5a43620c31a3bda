package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.engram.grpc.health.v1.HealthCheckRequest;
import io.engram.grpc.v1.IntrospectRequest;
import io.engram.grpc.v1.Memory;
import io.engram.grpc.v1.RememberRequest;
import io.engram.space.EngramException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.stream.KillSwitches;
import org.apache.pekko.stream.javadsl.Keep;
import org.apache.pekko.stream.javadsl.Sink;
import org.apache.pekko.stream.javadsl.Source;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is counted of calls. */
class GrpcFiguresTest {
    private final FakeSpaces spaces = new FakeSpaces();
    private final GrpcFixture grpc = new GrpcFixture(spaces, List.of(), GrpcSettings.DEFAULTS);

    @AfterEach
    void close() {
        grpc.close();
    }

    private double answered(String method, String status) {
        return Optional.ofNullable(grpc.meters
                        .find("engram.grpc.requests")
                        .tags("method", method, "status", status)
                        .counter())
                .map(counter -> counter.count())
                .orElse(0.0);
    }

    private void awaitAnswered(String method, String status, double count) {
        await().atMost(Duration.ofSeconds(20))
                .untilAsserted(() -> assertThat(answered(method, status)).isEqualTo(count));
    }

    private static RememberRequest item(String id) {
        return RememberRequest.newBuilder()
                .setMemory(Memory.newBuilder().setId(id).setContent("words of " + id))
                .build();
    }

    @Test
    void calls_are_counted_by_what_their_clients_are_told() {
        await(grpc.engram.introspect(IntrospectRequest.getDefaultInstance()));
        awaitAnswered("Introspect", "OK", 1);
        var bad = RememberRequest.newBuilder()
                .setMemory(Memory.newBuilder().setContent(" "))
                .build();
        GrpcFixture.failure(grpc.engram.remember(bad));
        awaitAnswered("Remember", "INVALID_ARGUMENT", 1);
        await(grpc.health.check(HealthCheckRequest.getDefaultInstance()));
        awaitAnswered("health", "OK", 1);
        assertThat(grpc.meters
                        .get("engram.grpc.request.duration")
                        .tag("method", "Introspect")
                        .timer()
                        .count())
                .isEqualTo(1);
    }

    @Test
    void what_does_not_exist_has_one_name_however_it_is_called() {
        for (var method : List.of("engram.v1.EngramService/Nothing", "some.Other/Call", "some.Other/More")) {
            assertThat(grpc.raw(method, new byte[0])).failsWithin(Duration.ofSeconds(20));
        }
        awaitAnswered("unmatched", "UNIMPLEMENTED", 3);
        assertThat(grpc.meters.find("engram.grpc.requests").counters()).hasSize(1);
    }

    @Test
    void a_stream_counts_once_when_it_ends() {
        var answers = await(grpc.engram
                .streamingRemember(Source.from(List.of(item("a"), item("b"))))
                .runWith(Sink.seq(), grpc.system));
        assertThat(answers).hasSize(2);
        awaitAnswered("StreamingRemember", "OK", 1);
    }

    @Test
    void a_stream_that_its_client_leaves_is_cancelled() {
        var running = grpc.engram
                .streamingRemember(Source.single(item("a")).concat(Source.maybe()))
                .viaMat(KillSwitches.single(), Keep.right())
                .toMat(Sink.queue(), Keep.both())
                .run(grpc.system);
        assertThat(await(running.second().pull())).isPresent();
        assertThat(answered("StreamingRemember", "CANCELLED")).isZero();
        running.second().cancel();
        awaitAnswered("StreamingRemember", "CANCELLED", 1);
    }

    @Test
    void a_refusal_of_the_spaces_counts_by_its_status() {
        spaces.answerInstead(request -> Optional.of(
                CompletableFuture.failedStage(EngramException.overloaded("too much", Duration.ofSeconds(1)))));
        GrpcFixture.failure(grpc.engram.remember(item("a")));
        awaitAnswered("Remember", "RESOURCE_EXHAUSTED", 1);
    }
}
