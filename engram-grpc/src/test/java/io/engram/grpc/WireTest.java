package io.engram.grpc;

import static io.engram.grpc.GrpcFixture.await;
import static org.assertj.core.api.Assertions.assertThat;

import io.engram.memory.MemoryType;
import io.engram.space.SpaceId;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Requests as a client of engram.v1 puts them on the wire, byte by byte by hand, with no generated code between. */
class WireTest {
    /**
     * memory_space_id(1) = "tenant-1", memory(2) = { id(1) = "m1", embedding(2) packed = [1.0, -0.5], confidence(4) =
     * { value(1) = 0.25 }, created_at(6) = { seconds(1) = 1000 }, decay_rate(7) = 0.5, content(10) = "hello",
     * metadata(11) = { key(1) = "k", value(2) = "v" }, tags(20) = "t", memory_type(21) = 4 }, auto_link(10) = true,
     * link_threshold(11) = 0.75.
     */
    private static final String REMEMBER = "0a08 74656e616e742d31"
            + "12 35"
            + "0a02 6d31"
            + "1208 0000803f 000000bf"
            + "2205 0d 0000803e"
            + "3203 08 e807"
            + "3d 0000003f"
            + "5205 68656c6c6f"
            + "5a06 0a016b 120176"
            + "a20101 74"
            + "a801 04"
            + "50 01"
            + "5d 0000403f";

    /**
     * memory_space_id(1) = "tenant-1", cue(2) = { semantic(5) = { query(1) = "hello", required_tags(3) = "t" },
     * threshold(10) = { value(1) = 0.5 }, max_results(11) = 3, spread_activation(12) = true }, max_results(10) = 5,
     * include_metadata(11) = true, trace_activation(12) = true.
     */
    private static final String RECALL = "0a08 74656e616e742d31"
            + "12 17"
            + "2a0a 0a05 68656c6c6f 1a01 74"
            + "5205 0d 0000003f"
            + "58 03"
            + "60 01"
            + "50 05"
            + "58 01"
            + "60 01";

    /** memory_space_id(1) = "tenant-1", memory_id(2) = "m1", mode(10) = 2. */
    private static final String FORGET = "0a08 74656e616e742d31 1202 6d31 50 02";

    private static byte[] bytes(String hex) {
        return HexFormat.of().parseHex(hex.replace(" ", ""));
    }

    @Test
    void requests_written_by_hand_are_understood_and_answered_with_the_same_numbers() {
        var spaces = new FakeSpaces();
        try (var grpc = new GrpcFixture(spaces, List.of(), GrpcSettings.DEFAULTS)) {
            var remembered = await(grpc.raw("engram.v1.EngramService/Remember", bytes(REMEMBER)));
            var stored = await(spaces.get(new SpaceId("tenant-1"), "m1")).orElseThrow();
            assertThat(stored.content()).isEqualTo("hello");
            assertThat(stored.body().confidence()).isEqualTo(0.25f);
            assertThat(stored.body().decayRate()).contains(0.5f);
            assertThat(stored.body().type()).isEqualTo(MemoryType.WORKING);
            assertThat(stored.body().tags()).containsExactly("t");
            assertThat(stored.body().metadata()).containsEntry("k", "v");
            assertThat(stored.observedAt().getEpochSecond()).isEqualTo(1000);
            assertThat(stored.body().embedding().map(e -> List.of(e.get(0), e.get(1))))
                    .contains(List.of(1f, -0.5f));
            assertThat(spaces.remembered().getLast().autoLink()).isTrue();
            assertThat(spaces.remembered().getLast().linkThreshold()).isEqualTo(0.75f);
            // memory_id(1) = "m1", storage_confidence(2) = { value(1) = 0.25, category(2) = 3 }, ... initial_state(4) =
            // 1
            assertThat(HexFormat.of().formatHex(remembered.getFirst()))
                    .startsWith("0a026d31" + "1207" + "0d0000803e" + "1003" + "2001");

            var recalled = await(grpc.raw("engram.v1.EngramService/Recall", bytes(RECALL)));
            var query = spaces.recalled().getLast();
            assertThat(query.maxResults()).isEqualTo(5);
            assertThat(query.threshold()).isEqualTo(Optional.of(0.5f));
            assertThat(query.filter().requiredTags()).containsExactly("t");
            // memories(1) = { id(1) = "m1", embedding(2) packed, activation(3) = 1.0, confidence(4) ...
            var answer = HexFormat.of().formatHex(recalled.getFirst());
            assertThat(answer.substring(0, 2)).isEqualTo("0a");
            assertThat(answer.substring(4)).contains("0a026d31" + "12080000803f000000bf" + "1d0000803f" + "22");

            var forgotten = await(grpc.raw("engram.v1.EngramService/Forget", bytes(FORGET)));
            // memories_affected(1) = 1, forget_confidence(2) = { value(1) = 1.0, category(2) = 5, ...
            assertThat(HexFormat.of().formatHex(forgotten.getFirst()))
                    .startsWith("0801" + "12")
                    .contains("0d0000803f" + "1005");
            assertThat(await(spaces.get(new SpaceId("tenant-1"), "m1"))).isEmpty();
        }
    }
}
