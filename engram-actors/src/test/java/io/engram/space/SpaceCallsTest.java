package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.typesafe.config.ConfigFactory;
import io.engram.space.EngramException.Kind;
import io.engram.trace.TraceContext;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.ActorRefResolver;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.Adapter;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.serialization.SerializationExtension;
import org.apache.pekko.serialization.Serializers;
import org.assertj.core.api.RecursiveComparisonAssert;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** Calls and messages of spaces between nodes: whatever goes in comes out, and what is no call is refused. */
class SpaceCallsTest {
    private static final long SEED = 20261125;
    private static final int ROUNDS = 60;
    private static final Duration TIMEOUT = Duration.ofSeconds(7);

    /** A node's spaces that answer with what they are told to, and remember what they were asked. */
    private static final class Told {
        final AtomicReference<Object[]> asked = new AtomicReference<>(new Object[0]);
        final AtomicReference<RequestTerms> terms = new AtomicReference<>(RequestTerms.ORDINARY);
        private CompletionStage<?> answer = CompletableFuture.completedFuture(true);

        SpaceClient spaces() {
            return (SpaceClient) Proxy.newProxyInstance(
                    SpaceClient.class.getClassLoader(),
                    new Class<?>[] {SpaceClient.class},
                    (self, method, arguments) -> {
                        if (!isCall(method)) {
                            terms.set((RequestTerms) arguments[0]);
                            return self;
                        }
                        asked.set(arguments == null ? new Object[0] : arguments);
                        return answer;
                    });
        }
    }

    /** What is asked of a space, wherever it is; the rest is about the client itself. */
    private static boolean isCall(Method method) {
        return method.getReturnType() == CompletionStage.class;
    }

    private static Stream<Method> calls() {
        return Arrays.stream(SpaceClient.class.getMethods()).filter(SpaceCallsTest::isCall);
    }

    private final Told told = new Told();
    private final SpaceCallServer server = new SpaceCallServer(told.spaces());
    private final RemoteSpaceClient remote = new RemoteSpaceClient(
            (method, request, timeout, trace) -> {
                assertThat(timeout).isEqualTo(TIMEOUT);
                return server.answer(method, request, trace);
            },
            TIMEOUT,
            _ -> false);

    private static RecursiveComparisonAssert<?> same(Object actual) {
        return assertThat(actual)
                .usingRecursiveComparison()
                .withEqualsForType(
                        (a, b) -> a.kind() == b.kind()
                                && String.valueOf(a.getMessage()).equals(b.getMessage())
                                && a.retryAfter().equals(b.retryAfter()),
                        EngramException.class)
                .withEqualsForType(ActorRef::equals, ActorRef.class);
    }

    private static Object call(SpaceClient spaces, Method method, Object[] arguments) {
        try {
            return ((CompletionStage<?>) method.invoke(spaces, arguments))
                    .toCompletableFuture()
                    .orTimeout(20, TimeUnit.SECONDS)
                    .join();
        } catch (InvocationTargetException e) {
            throw new AssertionError("thrown instead of answered", e.getCause());
        } catch (IllegalAccessException e) {
            throw new AssertionError(e);
        }
    }

    private static EngramException failure(SpaceClient spaces, Method method, Object[] arguments) {
        try {
            throw new AssertionError("answered: " + call(spaces, method, arguments));
        } catch (CompletionException e) {
            if (EngramException.reasonOf(e) instanceof EngramException known) {
                return known;
            }
            throw e;
        }
    }

    private static Object[] arguments(Arbitrary arbitrary, Method method) {
        return Arrays.stream(method.getGenericParameterTypes())
                .map(arbitrary::of)
                .toArray();
    }

    @TestFactory
    Stream<DynamicTest> every_request_and_every_answer_arrives_as_it_was() {
        return calls().map(method -> DynamicTest.dynamicTest(method.getName(), () -> {
            for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
                var arbitrary = new Arbitrary(seed);
                var arguments = arguments(arbitrary, method);
                var answer = arbitrary.of(method.getGenericReturnType());
                told.answer = CompletableFuture.completedFuture(answer);
                same(call(remote, method, arguments))
                        .as("answer of seed " + seed)
                        .isEqualTo(answer);
                same(told.asked.get()).as("request of seed " + seed).isEqualTo(arguments);
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> every_failure_arrives_as_it_was() {
        return calls().map(method -> DynamicTest.dynamicTest(method.getName(), () -> {
            var arbitrary = new Arbitrary(SEED);
            for (var kind : Kind.values()) {
                for (var retry : List.of(Optional.<Duration>empty(), Optional.of(Duration.ofMillis(1234)))) {
                    var reason = new EngramException(kind, "né: because", retry);
                    told.answer = CompletableFuture.failedFuture(reason);
                    same(failure(remote, method, arguments(arbitrary, method))).isEqualTo(reason);
                }
            }
        }));
    }

    @TestFactory
    Stream<DynamicTest> a_way_that_fails_leaves_writes_unknown_and_reads_unavailable() {
        var writes = List.of("remember", "rememberAll", "forget", "createSpace", "deleteSpace");
        var broken = new RemoteSpaceClient(
                (_, _, _, _) -> CompletableFuture.failedFuture(new IllegalStateException("cut")), TIMEOUT, _ -> false);
        var unreachable = new RemoteSpaceClient(
                (_, _, _, _) -> {
                    throw new IllegalStateException("gone");
                },
                TIMEOUT,
                failure -> "gone".equals(failure.getMessage()));
        var confused = new RemoteSpaceClient(
                (_, _, _, _) -> CompletableFuture.completedFuture("what?".getBytes(StandardCharsets.UTF_8)),
                TIMEOUT,
                _ -> true);
        return calls().map(method -> DynamicTest.dynamicTest(method.getName(), () -> {
            var arguments = arguments(new Arbitrary(SEED), method);
            var kind = writes.contains(method.getName()) ? Kind.OUTCOME_UNKNOWN : Kind.UNAVAILABLE;
            var lost = failure(broken, method, arguments);
            assertThat(lost.kind()).isEqualTo(kind);
            assertThat(lost).hasMessageContaining("cut");
            assertThat(lost.retryAfter()).isPresent();
            assertThat(failure(unreachable, method, arguments).kind()).isEqualTo(Kind.UNAVAILABLE);
            assertThat(failure(confused, method, arguments).kind()).isEqualTo(kind);
        }));
    }

    private EngramException refused(String method, byte[] request) {
        told.asked.set(new Object[0]);
        var answer = server.answer(method, request).toCompletableFuture().join();
        try {
            throw new AssertionError(
                    "answered: " + SpaceCalls.named("get").orElseThrow().decode(answer));
        } catch (EngramException e) {
            return e;
        } catch (java.io.IOException e) {
            throw new AssertionError(e);
        }
    }

    @Test
    void an_unknown_method_is_not_implemented() {
        assertThat(refused("invent", new byte[0]))
                .matches(e -> e.kind() == Kind.NOT_IMPLEMENTED)
                .hasMessageContaining("invent");
        assertThat(SpaceCalls.all()).hasSize((int) calls().count());
    }

    @Test
    void the_terms_of_a_request_travel_with_it() {
        var space = new SpaceId("tenant");
        told.answer = CompletableFuture.completedFuture(Optional.empty());
        for (var consistency : RequestTerms.Consistency.values()) {
            for (var acknowledgement : RequestTerms.Acknowledgement.values()) {
                var terms = new RequestTerms(consistency, acknowledgement);
                remote.on(terms, _ -> {}).get(space, "a").toCompletableFuture().join();
                assertThat(told.terms.get()).isEqualTo(terms);
            }
        }
        remote.get(space, "a").toCompletableFuture().join();
        assertThat(told.terms.get()).isEqualTo(RequestTerms.ORDINARY);
        var traced = RequestTerms.ORDINARY.under(Arbitrary.TRACE);
        remote.on(traced, _ -> {}).get(space, "a").toCompletableFuture().join();
        assertThat(told.terms.get()).isEqualTo(traced);
    }

    @Test
    void terms_that_this_version_does_not_know_are_refused() {
        assertThat(refused("remember;acknowledgement=primary", new byte[0]).kind())
                .isEqualTo(Kind.NOT_IMPLEMENTED);
        assertThat(refused("get;consistency=odd", new byte[0]).kind()).isEqualTo(Kind.INVALID);
        assertThat(refused("remember;acknowledgement=odd", new byte[0]).kind()).isEqualTo(Kind.INVALID);
        assertThat(refused("get;speed=high", new byte[0]).kind()).isEqualTo(Kind.NOT_IMPLEMENTED);
        assertThat(refused("get;", new byte[0]).kind()).isEqualTo(Kind.NOT_IMPLEMENTED);
    }

    @TestFactory
    Stream<DynamicTest> random_bytes_are_invalid_or_a_request_and_nothing_else() {
        told.answer = CompletableFuture.failedFuture(EngramException.conflict("it was one"));
        return SpaceCalls.all().stream()
                .map(call -> DynamicTest.dynamicTest(call.method(), () -> {
                    for (long seed = SEED; seed < SEED + 500; seed++) {
                        var random = new Random(seed);
                        var bytes = new byte[random.nextInt(200)];
                        random.nextBytes(bytes);
                        assertThat(refused(call.method(), bytes).kind())
                                .as("seed " + seed)
                                .isIn(Kind.INVALID, Kind.CONFLICT);
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> a_request_with_changed_bytes_is_invalid_or_another_request() {
        told.answer = CompletableFuture.failedFuture(EngramException.conflict("it was one"));
        return calls().map(method -> DynamicTest.dynamicTest(method.getName(), () -> {
            var sent = new AtomicReference<>(new byte[0]);
            var listening = new RemoteSpaceClient(
                    (_, request, _, _) -> {
                        sent.set(request);
                        return new CompletableFuture<>();
                    },
                    TIMEOUT,
                    _ -> false);
            for (long seed = SEED; seed < SEED + 300; seed++) {
                method.invoke(listening, arguments(new Arbitrary(seed), method));
                var random = new Random(seed);
                var bytes = sent.get();
                var changed = random.nextBoolean() ? Arrays.copyOf(bytes, random.nextInt(bytes.length)) : bytes.clone();
                for (int i = random.nextInt(3); i >= 0 && changed.length > 0; i--) {
                    changed[random.nextInt(changed.length)] ^= (byte) (1 << random.nextInt(8));
                }
                assertThat(refused(method.getName(), changed).kind())
                        .as("seed " + seed)
                        .isIn(Kind.INVALID, Kind.CONFLICT);
            }
        }));
    }

    @Test
    void a_request_that_nests_without_end_is_invalid() {
        var deep = new byte[100_000];
        Arrays.fill(deep, (byte) 0x81);
        assertThat(refused("get", deep).kind()).isEqualTo(Kind.INVALID);
    }

    @Test
    void half_a_character_is_the_senders_fault() throws NoSuchMethodException {
        var get = SpaceClient.class.getMethod("get", SpaceId.class, String.class);
        assertThat(failure(remote, get, new Object[] {new SpaceId("abc"), "\uD83D"})
                        .kind())
                .isEqualTo(Kind.INVALID);
    }

    @Test
    void a_bug_is_not_an_answer() {
        told.answer = CompletableFuture.failedFuture(new IllegalStateException("bug"));
        assertThatThrownBy(() -> server.answer("spaces", SpaceCalls.SPACES.encode(new SpaceCalls.NoSpace()))
                        .toCompletableFuture()
                        .join())
                .hasCauseInstanceOf(IllegalStateException.class);
    }

    /** A message as versions know it that know no traces. */
    private record UntracedForget(
            ForgetRequest request, SpaceEvent.RequestKey requestKey, ActorRef<SpaceReply> replyTo) {}

    private static void traces_are_left_out_or_passed_over(ActorRef<SpaceReply> somebody, ActorRefResolver actors)
            throws Exception {
        for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
            var old = new Arbitrary(seed).with(ActorRef.class, () -> somebody).of(UntracedForget.class);
            var of = (UntracedForget) old;
            var untraced = new SpaceCommand.Forget(of.request(), of.requestKey(), of.replyTo(), TraceContext.NONE);
            assertThat(CallCodec.write(untraced, actors)).isEqualTo(CallCodec.write(old, actors));
            same(CallCodec.read(SpaceCommand.Forget.class, CallCodec.write(old, actors), actors))
                    .isEqualTo(untraced);
            var traced = new SpaceCommand.Forget(of.request(), of.requestKey(), of.replyTo(), Arbitrary.TRACE);
            same(CallCodec.read(UntracedForget.class, CallCodec.write(traced, actors), actors))
                    .isEqualTo(old);
        }
    }

    @Test
    void messages_travel_with_their_actors_through_the_serializer_that_the_node_names() throws Exception {
        ActorSystem<Void> system = ActorSystem.create(
                Behaviors.empty(),
                "messages",
                ConfigFactory.parseResources("engram-node.conf")
                        .withFallback(ConfigFactory.load())
                        .resolve());
        try {
            ActorRef<SpaceReply> somebody = system.systemActorOf(
                    Behaviors.<SpaceReply>ignore(), "somebody", org.apache.pekko.actor.typed.Props.empty());
            var serialization = SerializationExtension.get(Adapter.toClassic(system));
            var sent = List.of(
                    SpaceCommand.Remember.class,
                    SpaceCommand.Forget.class,
                    SpaceCommand.Open.class,
                    SpaceCommand.Create.class,
                    SpaceCommand.Delete.class,
                    SpaceCommand.KeepAwake.class,
                    SpaceReply.Remembered.class,
                    SpaceReply.Forgotten.class,
                    SpaceReply.Opened.class,
                    SpaceReply.NotThere.class,
                    SpaceReply.Deleted.class,
                    SpaceReply.Refused.class);
            for (var type : sent) {
                for (long seed = SEED; seed < SEED + ROUNDS; seed++) {
                    var message = new Arbitrary(seed)
                            .with(ActorRef.class, () -> somebody)
                            .of(type);
                    var serializer = serialization.findSerializerFor(message);
                    assertThat(serializer).isInstanceOf(SpaceMessageSerializer.class);
                    var manifest = Serializers.manifestFor(serializer, message);
                    var back = serialization
                            .deserialize(serializer.toBinary(message), serializer.identifier(), manifest)
                            .get();
                    same(back).as(type.getSimpleName() + " of seed " + seed).isEqualTo(message);
                }
            }
            traces_are_left_out_or_passed_over(somebody, ActorRefResolver.get(system));
            var own = new SpaceCommand.Flush();
            var serializer = serialization.findSerializerFor(own);
            assertThatThrownBy(() -> Serializers.manifestFor(serializer, own))
                    .hasMessageContaining("not sent to other nodes");
            var messages = (SpaceMessageSerializer) serializer;
            assertThatThrownBy(() -> messages.fromBinary(new byte[0], "Flush"))
                    .isInstanceOf(java.io.NotSerializableException.class)
                    .hasMessageContaining("Flush");
            assertThatThrownBy(() -> messages.fromBinary(new byte[] {1, 2, 3}, "Remember"))
                    .isInstanceOf(java.io.NotSerializableException.class)
                    .hasMessageContaining("damaged Remember");
        } finally {
            system.terminate();
            system.getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }
}
