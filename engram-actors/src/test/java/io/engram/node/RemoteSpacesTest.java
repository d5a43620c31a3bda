package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.embedding.TextEmbedding.State;
import io.engram.memory.Cue;
import io.engram.memory.Embedding;
import io.engram.memory.Filter;
import io.engram.memory.Fusion;
import io.engram.memory.MemoryBody;
import io.engram.memory.RecallQuery;
import io.engram.memory.SearchQuery;
import io.engram.space.BulkResult;
import io.engram.space.EngramException;
import io.engram.space.ForgetRequest;
import io.engram.space.RememberRequest;
import io.engram.space.RemoteSpaceClient;
import io.engram.space.SpaceCallServer;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A node's spaces asked from elsewhere, through bytes, against the same spaces asked on the spot. */
class RemoteSpacesTest {
    private static final List<String> WORDS =
            List.of("river", "boat", "Lisbon", "winter", "garden", "letter", "the", "né", "song", "bridge");

    @TempDir
    static Path folder;

    static TestNode node = TestNode.none();

    @BeforeAll
    static void start() {
        // Without a model: its vectors would come whenever they come, and change what is found in between.
        node = TestNode.start(folder, new WordEmbedding(State.OFF));
    }

    @AfterAll
    static void stop() {
        node.stop();
    }

    private static <T> T get(CompletionStage<T> stage) {
        return stage.toCompletableFuture().orTimeout(30, TimeUnit.SECONDS).join();
    }

    private static String failure(CompletionStage<?> stage) {
        try {
            throw new AssertionError("it succeeded: " + get(stage));
        } catch (CompletionException e) {
            var known = (EngramException) EngramException.reasonOf(e);
            return known + " " + known.retryAfter();
        }
    }

    private static String words(Random random) {
        var text = new StringBuilder();
        for (int i = 1 + random.nextInt(8); i > 0; i--) {
            text.append(WORDS.get(random.nextInt(WORDS.size()))).append(' ');
        }
        return text.toString();
    }

    private static RememberRequest request(Random random, int number) {
        var body = MemoryBody.builder(words(random))
                .confidence(random.nextFloat())
                .metadata(Map.of("number", Integer.toString(number)))
                .tags(List.of(WORDS.get(random.nextInt(3))));
        if (random.nextBoolean()) {
            body.observedAt(Instant.ofEpochSecond(random.nextInt(2_000_000_000), random.nextInt(1_000_000_000)));
        }
        if (random.nextBoolean()) {
            body.embedding(vector(random)).who(List.of("Ana")).where("Kraków").importance(random.nextFloat());
        }
        return RememberRequest.of(body.build()).withId("m" + number).withIdempotencyKey("key-" + number);
    }

    private static Embedding vector(Random random) {
        return Embedding.of(random.nextFloat() - 0.5f, random.nextFloat(), -0f, random.nextFloat() + 1e-30f);
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3})
    void a_remote_client_gives_the_answers_of_the_local_one(long seed) {
        SpaceClient local = node.spaces();
        var server = new SpaceCallServer(local);
        SpaceClient remote = new RemoteSpaceClient(
                (method, request, _, _) -> server.answer(method, request), Duration.ofSeconds(30), _ -> false);
        var random = new Random(seed);
        var space = new SpaceId("remote-" + seed);
        var created = get(remote.createSpace(space));
        assertThat(get(local.createSpace(space))).isEqualTo(created);
        var requests = new ArrayList<RememberRequest>();
        for (int i = 0; i < 30; i++) {
            requests.add(request(random, i));
        }
        for (var request : requests.subList(0, 15)) {
            var receipt = get(remote.remember(space, request));
            assertThat(get(local.remember(space, request))).isEqualTo(receipt.asReplay());
        }
        var stored = get(remote.rememberAll(space, requests.subList(15, 30)));
        var again = get(local.rememberAll(space, requests.subList(15, 30)));
        for (int i = 0; i < 15; i++) {
            var receipt = ((BulkResult.Stored) stored.get(i)).receipt();
            assertThat(again.get(i)).isEqualTo(new BulkResult.Stored(receipt.asReplay()));
        }
        var forget = new ForgetRequest("m3", ForgetRequest.Mode.SUPPRESS, Optional.of("forget-3"));
        var forgotten = get(remote.forget(space, forget));
        assertThat(get(local.forget(space, forget))).isEqualTo(forgotten.asReplay());

        var asked = new ArrayList<Function<SpaceClient, CompletionStage<?>>>(List.of(
                spaces -> spaces.get(space, "m1"),
                spaces -> spaces.get(space, "nothing"),
                spaces -> spaces.history(space, "m2"),
                spaces -> spaces.list(space, Filter.NONE, 3, 20),
                spaces -> spaces.statistics(space),
                SpaceClient::spaces));
        for (int i = 0; i < 10; i++) {
            var cue = random.nextBoolean() ? Cue.ofText(words(random)) : Cue.ofVector(vector(random));
            var fusion = Fusion.values()[random.nextInt(2)];
            var search = new SearchQuery(cue, 0, 10, Filter.NONE, fusion);
            var recall = new RecallQuery(
                    cue, 10, Optional.of(0.01f), Filter.NONE, fusion, RecallQuery.Mode.values()[random.nextInt(3)]);
            asked.add(spaces -> spaces.search(space, search));
            asked.add(spaces -> spaces.recall(space, recall));
        }
        for (var question : asked) {
            assertThat((Object) get(question.apply(remote))).as("seed " + seed).isEqualTo(get(question.apply(local)));
        }

        var conflict =
                RememberRequest.of(MemoryBody.builder("other words").build()).withId("m1");
        assertThat(failure(remote.remember(space, conflict))).isEqualTo(failure(local.remember(space, conflict)));
        var unknown = new ForgetRequest("nobody", ForgetRequest.Mode.DELETE, Optional.empty());
        assertThat(failure(remote.forget(space, unknown))).isEqualTo(failure(local.forget(space, unknown)));
        assertThat(get(remote.deleteSpace(space))).isTrue();
        assertThat(get(remote.deleteSpace(space))).isFalse();
        assertThat(get(local.spaces())).noneMatch(info -> info.id().equals(space));
    }
}
