package io.engram.cluster;

import static io.engram.cluster.Hellos.RED;
import static io.engram.cluster.Hellos.at;
import static io.engram.cluster.Hellos.in;
import static io.engram.cluster.Hellos.node;
import static io.engram.cluster.Hellos.of;
import static io.engram.cluster.Hellos.supporting;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.cbor.CBORFactory;
import java.io.NotSerializableException;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class IntroductionSerializerTest {
    private static final ObjectMapper CBOR = new ObjectMapper(new CBORFactory());

    private final IntroductionSerializer serializer = new IntroductionSerializer();

    private Object again(Object message) throws Exception {
        return serializer.fromBinary(serializer.toBinary(message), serializer.manifest(message));
    }

    @Test
    void introductions_are_read_as_they_were_written() throws Exception {
        for (var hello : List.of(node(1), supporting(node(2), 1), in(of(node(3), RED), 3, 1))) {
            var greeting = new Introduction.Greeting(
                    hello,
                    List.of(at(7), HostPort.parse("[fd00::1]:1")),
                    true,
                    false,
                    17,
                    Optional.of(1_777_000_000_000_000L));
            assertThat(again(greeting)).isEqualTo(greeting);
            var refused = new Introduction.Refused(Hellos.id(1), hello, "for a reason");
            assertThat(again(refused)).isEqualTo(refused);
        }
    }

    @Test
    void what_a_later_version_adds_is_skipped() throws Exception {
        var greeting = new Introduction.Greeting(node(1), List.of(), false, true, 17, Optional.empty());
        var tree = (ObjectNode) CBOR.readTree(serializer.toBinary(greeting));
        tree.put("mood", "good");
        ((ObjectNode) tree.get("hello")).putObject("more").put("x", 1);
        assertThat(serializer.fromBinary(CBOR.writeValueAsBytes(tree), serializer.manifest(greeting)))
                .isEqualTo(greeting);
    }

    @Test
    void an_earlier_version_does_not_say_what_its_clock_is_at() throws Exception {
        var greeting = new Introduction.Greeting(node(1), List.of(), true, true, 17, Optional.of(5L));
        var tree = (ObjectNode) CBOR.readTree(serializer.toBinary(greeting));
        tree.remove("wallMicros");
        assertThat(serializer.fromBinary(CBOR.writeValueAsBytes(tree), serializer.manifest(greeting)))
                .isEqualTo(new Introduction.Greeting(node(1), List.of(), true, true, 17, Optional.empty()));
    }

    @Test
    void what_is_no_introduction_is_refused() throws Exception {
        var bytes =
                serializer.toBinary(new Introduction.Greeting(node(1), List.of(), false, true, 17, Optional.empty()));
        assertThatThrownBy(() -> serializer.fromBinary(bytes, "greeting-2"))
                .isInstanceOf(NotSerializableException.class);
        assertThatThrownBy(() -> serializer.fromBinary(new byte[1 << 18], "greeting-1"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("too large");
        var tree = (ObjectNode) CBOR.readTree(bytes);
        ((ObjectNode) tree.get("hello")).put("node_id", "").put("nodeId", "x".repeat(300));
        var longName = CBOR.writeValueAsBytes(tree);
        assertThatThrownBy(() -> serializer.fromBinary(longName, "greeting-1"))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("300");
        tree.remove("hello");
        var nobody = CBOR.writeValueAsBytes(tree);
        assertThatThrownBy(() -> serializer.fromBinary(nobody, "greeting-1"))
                .isInstanceOf(NotSerializableException.class);
    }

    @Test
    void damaged_bytes_never_do_anything_else() {
        var bytes = serializer.toBinary(
                new Introduction.Greeting(node(1), List.of(at(2)), false, true, 17, Optional.empty()));
        var seed = 7L;
        var random = new Random(seed);
        for (int run = 0; run < 2_000; run++) {
            var damaged = bytes.clone();
            for (int i = 0; i <= random.nextInt(3); i++) {
                damaged[random.nextInt(damaged.length)] = (byte) random.nextInt();
            }
            try {
                assertThat(serializer.fromBinary(damaged, "greeting-1")).isInstanceOf(Introduction.Greeting.class);
            } catch (NotSerializableException e) {
                assertThat(e).hasMessageContaining("introduction");
            }
        }
    }

    @Test
    void a_greeting_tells_of_few() {
        var many = Collections.nCopies(257, at(1));
        assertThatThrownBy(() -> new Introduction.Greeting(node(1), many, false, false, 17, Optional.empty()))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
