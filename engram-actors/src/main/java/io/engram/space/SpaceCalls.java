package io.engram.space;

import com.fasterxml.jackson.databind.JavaType;
import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Every method of {@link SpaceClient} as a call that can travel: its name, and its request and answer as bytes. An
 * answer's first byte says whether it is one, or an {@link EngramException}, or comes from a copy.
 */
final class SpaceCalls {
    private static final byte ANSWERED = 0;
    private static final byte REFUSED = 1;
    /** Before the answer of a copy that does not lead the space: its lag (8 bytes, big-endian), and then the answer. */
    private static final byte BEHIND = 2;

    private static final int BEHIND_BYTES = 9;

    private static final JavaType EXCEPTION = CallCodec.type(EngramException.class);

    /** The request of a method that has a space and one thing more. */
    record RememberOne(SpaceId space, RememberRequest request) {}

    record RememberMany(SpaceId space, List<RememberRequest> requests) {}

    record ForgetOne(SpaceId space, ForgetRequest request) {}

    record OneMemory(SpaceId space, String id) {}

    record OnePage(SpaceId space, Filter filter, int offset, int limit) {}

    record OneSearch(SpaceId space, SearchQuery query) {}

    record OneRecall(SpaceId space, RecallQuery query) {}

    record OneSpace(SpaceId space) {}

    record NoSpace() {}

    static final Call<RememberOne, RememberReceipt> REMEMBER = new Call<>(
            "remember",
            true,
            CallCodec.type(RememberOne.class),
            CallCodec.type(RememberReceipt.class),
            (spaces, q) -> spaces.remember(q.space(), q.request()));
    static final Call<RememberMany, List<BulkResult>> REMEMBER_ALL = new Call<>(
            "rememberAll",
            true,
            CallCodec.type(RememberMany.class),
            CallCodec.type(List.class, BulkResult.class),
            (spaces, q) -> spaces.rememberAll(q.space(), q.requests()));
    static final Call<ForgetOne, ForgetReceipt> FORGET = new Call<>(
            "forget",
            true,
            CallCodec.type(ForgetOne.class),
            CallCodec.type(ForgetReceipt.class),
            (spaces, q) -> spaces.forget(q.space(), q.request()));
    static final Call<OneMemory, Optional<Memory>> GET = new Call<>(
            "get",
            false,
            CallCodec.type(OneMemory.class),
            CallCodec.type(Optional.class, Memory.class),
            (spaces, q) -> spaces.get(q.space(), q.id()));
    static final Call<OneMemory, List<Memory>> HISTORY = new Call<>(
            "history",
            false,
            CallCodec.type(OneMemory.class),
            CallCodec.type(List.class, Memory.class),
            (spaces, q) -> spaces.history(q.space(), q.id()));
    static final Call<OnePage, MemoryPage> LIST = new Call<>(
            "list",
            false,
            CallCodec.type(OnePage.class),
            CallCodec.type(MemoryPage.class),
            (spaces, q) -> spaces.list(q.space(), q.filter(), q.offset(), q.limit()));
    static final Call<OneSearch, RecallAnswer<SearchResult>> SEARCH = new Call<>(
            "search",
            false,
            CallCodec.type(OneSearch.class),
            CallCodec.type(RecallAnswer.class, SearchResult.class),
            (spaces, q) -> spaces.search(q.space(), q.query()));
    static final Call<OneRecall, RecallAnswer<RecallResult>> RECALL = new Call<>(
            "recall",
            false,
            CallCodec.type(OneRecall.class),
            CallCodec.type(RecallAnswer.class, RecallResult.class),
            (spaces, q) -> spaces.recall(q.space(), q.query()));
    static final Call<OneSpace, SpaceStatistics> STATISTICS = new Call<>(
            "statistics",
            false,
            CallCodec.type(OneSpace.class),
            CallCodec.type(SpaceStatistics.class),
            (spaces, q) -> spaces.statistics(q.space()));
    static final Call<NoSpace, List<SpaceInfo>> SPACES = new Call<>(
            "spaces",
            false,
            CallCodec.type(NoSpace.class),
            CallCodec.type(List.class, SpaceInfo.class),
            (spaces, _) -> spaces.spaces());
    static final Call<OneSpace, SpaceInfo> CREATE_SPACE = new Call<>(
            "createSpace",
            true,
            CallCodec.type(OneSpace.class),
            CallCodec.type(SpaceInfo.class),
            (spaces, q) -> spaces.createSpace(q.space()));
    static final Call<OneSpace, Boolean> DELETE_SPACE = new Call<>(
            "deleteSpace",
            true,
            CallCodec.type(OneSpace.class),
            CallCodec.type(Boolean.class),
            (spaces, q) -> spaces.deleteSpace(q.space()));

    private static final Map<String, Call<?, ?>> BY_METHOD = List.<Call<?, ?>>of(
                    REMEMBER,
                    REMEMBER_ALL,
                    FORGET,
                    GET,
                    HISTORY,
                    LIST,
                    SEARCH,
                    RECALL,
                    STATISTICS,
                    SPACES,
                    CREATE_SPACE,
                    DELETE_SPACE)
            .stream()
            .collect(Collectors.toUnmodifiableMap(Call::method, Function.identity()));

    private SpaceCalls() {}

    /** The call of this name, if this version knows it. */
    static Optional<Call<?, ?>> named(String method) {
        return Optional.ofNullable(BY_METHOD.get(method));
    }

    /** Every call. */
    static List<Call<?, ?>> all() {
        return List.copyOf(BY_METHOD.values());
    }

    /** An answer of a copy. */
    static byte[] behind(byte[] answer, long lag) {
        return ByteBuffer.allocate(BEHIND_BYTES + answer.length)
                .put(BEHIND)
                .putLong(lag)
                .put(answer)
                .array();
    }

    /** The lag of the copy that gave an answer; empty if that leads the space. */
    static OptionalLong lag(byte[] answer) {
        return answer.length >= BEHIND_BYTES && answer[0] == BEHIND
                ? OptionalLong.of(ByteBuffer.wrap(answer).getLong(1))
                : OptionalLong.empty();
    }

    static byte[] refusal(EngramException reason) {
        return marked(REFUSED, CallCodec.write(EXCEPTION, reason));
    }

    private static byte[] marked(byte mark, byte[] bytes) {
        var all = new byte[bytes.length + 1];
        all[0] = mark;
        System.arraycopy(bytes, 0, all, 1, bytes.length);
        return all;
    }

    /**
     * One method.
     *
     * @param method its name
     * @param isWrite whether it may have taken effect although its answer is lost
     * @param request the form of its arguments
     * @param answer the form of what it gives
     * @param run the method itself
     */
    record Call<Q, A>(
            String method,
            boolean isWrite,
            JavaType request,
            JavaType answer,
            BiFunction<SpaceClient, Q, CompletionStage<A>> run) {

        /** Fails with INVALID if they hold what cannot be written, such as half a character. */
        byte[] encode(Q arguments) {
            try {
                return CallCodec.write(request, arguments);
            } catch (IllegalStateException e) {
                throw EngramException.invalid("the request of the call %s cannot be sent to another node: %s"
                        .formatted(method, e.getMessage()));
            }
        }

        /** Runs it with arguments that came as bytes. Fails with INVALID if they cannot be read. */
        CompletionStage<byte[]> answer(SpaceClient spaces, byte[] arguments) {
            Q asked;
            try {
                asked = CallCodec.read(request, arguments, 0);
            } catch (IOException e) {
                throw EngramException.invalid("the request of the call %s between nodes cannot be read: %s"
                        .formatted(method, CallCodec.reason(e)));
            }
            return run.apply(spaces, asked).thenApply(given -> marked(ANSWERED, CallCodec.write(answer, given)));
        }

        /**
         * What an answer says.
         *
         * @throws EngramException if it says that
         * @throws IOException if it cannot be read
         */
        A decode(byte[] bytes) throws IOException {
            var from = lag(bytes).isPresent() ? BEHIND_BYTES : 0;
            if (bytes.length == from) {
                throw new IOException("there is nothing in it");
            }
            switch (bytes[from]) {
                case ANSWERED -> {
                    return CallCodec.read(answer, bytes, from + 1);
                }
                case REFUSED -> throw CallCodec.<EngramException>read(EXCEPTION, bytes, from + 1);
                default -> throw new IOException("it begins with " + bytes[from]);
            }
        }

        @Override
        public String toString() {
            return method;
        }
    }
}
