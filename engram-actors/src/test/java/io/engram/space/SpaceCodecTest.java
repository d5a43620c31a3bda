package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.memory.MemoryBody;
import java.io.NotSerializableException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class SpaceCodecTest {
    private static final Path FOLDER = Path.of("src/test/resources/wire");

    @TestFactory
    Stream<DynamicTest> every_form_that_was_ever_written_is_still_read() {
        return WireFixtures.values().entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    byte[] bytes = WireFixtures.read(WireFixtures.file(FOLDER, e.getKey()));
                    String manifest = e.getKey().split(" ")[0];
                    assertThat(SpaceCodec.decode(manifest, bytes)).isEqualTo(e.getValue());
                }));
    }

    @TestFactory
    Stream<DynamicTest> what_is_written_is_read_back_equal_under_its_manifest() {
        return WireFixtures.values().entrySet().stream()
                .map(e -> DynamicTest.dynamicTest(e.getKey(), () -> {
                    String manifest = SpaceCodec.manifest(e.getValue());
                    assertThat(e.getKey()).startsWith(manifest);
                    assertThat(SpaceCodec.decode(manifest, SpaceCodec.encode(e.getValue())))
                            .isEqualTo(e.getValue());
                }));
    }

    @Test
    void an_unknown_manifest_is_refused_by_name() {
        assertThatThrownBy(() -> SpaceCodec.decode("remembered/99", new byte[0]))
                .isInstanceOf(NotSerializableException.class)
                .hasMessageContaining("remembered/99");
    }

    @Test
    void damaged_bytes_are_an_error_and_never_half_an_event() {
        byte[] whole =
                SpaceCodec.encode(new SpaceEvent.Remembered(WireFixtures.fullMemory(), java.util.Optional.empty()));
        for (int length = 0; length < whole.length; length += 7) {
            byte[] torn = java.util.Arrays.copyOf(whole, length);
            assertThatThrownBy(() -> SpaceCodec.decode("remembered/1", torn)).isInstanceOf(Exception.class);
        }
    }

    @Test
    void the_order_of_metadata_does_not_change_a_requests_fingerprint_but_its_text_does() {
        Map<String, String> oneWay = new LinkedHashMap<>();
        oneWay.put("a", "1");
        oneWay.put("b", "2");
        Map<String, String> otherWay = new LinkedHashMap<>();
        otherWay.put("b", "2");
        otherWay.put("a", "1");
        var first = RememberRequest.of(MemoryBody.builder("x").metadata(oneWay).build());
        var second =
                RememberRequest.of(MemoryBody.builder("x").metadata(otherWay).build());
        var third = RememberRequest.of(MemoryBody.builder("y").metadata(oneWay).build());
        assertThat(Fingerprint.of(first)).isEqualTo(Fingerprint.of(second)).isNotEqualTo(Fingerprint.of(third));
        assertThat(Fingerprint.of(first)).isNotEqualTo(Fingerprint.of(first.withId("m")));
    }

    @Test
    void every_fixture_on_disk_is_covered_by_a_value() {
        List<String> known = WireFixtures.values().keySet().stream()
                .map(name -> WireFixtures.file(FOLDER, name).getFileName().toString())
                .toList();
        assertThat(FOLDER.toFile().list())
                .isNotNull()
                .allSatisfy(f -> assertThat(known).contains(f));
    }
}
