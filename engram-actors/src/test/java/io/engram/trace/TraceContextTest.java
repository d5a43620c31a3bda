package io.engram.trace;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TraceContextTest {
    private static final String TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
    private static final String SPAN = "00f067aa0ba902b7";

    @Test
    void a_header_is_read_as_it_is_written() {
        var text = "00-" + TRACE + "-" + SPAN + "-01";
        var trace = TraceContext.parse(text, "rojo=1,congo=2");
        assertThat(trace).isEqualTo(new TraceContext(TRACE, SPAN, true, "rojo=1,congo=2"));
        assertThat(trace.traceparent()).isEqualTo(text);
        assertThat(trace.isPresent()).isTrue();
        var unrecorded = TraceContext.parse("00-" + TRACE + "-" + SPAN + "-02", "");
        assertThat(unrecorded.isPresent()).isTrue();
        assertThat(unrecorded.isRecorded()).isFalse();
        assertThat(unrecorded.traceparent()).endsWith("-00");
    }

    @Test
    void a_later_version_is_read_as_if_it_were_this_one() {
        assertThat(TraceContext.parse("cc-" + TRACE + "-" + SPAN + "-01-more", "")
                        .traceId())
                .isEqualTo(TRACE);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "00",
                "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
                "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
                "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
                "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
                "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "0x-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
                "cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01.more",
            })
    void what_is_not_well_formed_is_none(String text) {
        assertThat(TraceContext.parse(text, "a=b")).isEqualTo(TraceContext.NONE);
    }

    @Test
    void of_several_parents_none_counts_and_the_states_are_one() {
        var text = "00-" + TRACE + "-" + SPAN + "-01";
        Map<String, List<String>> once =
                Map.of("traceparent", List.of(" " + text), "tracestate", List.of("a=1", "b=2"));
        assertThat(TraceContext.of(name -> once.getOrDefault(name, List.of())).state())
                .isEqualTo("a=1,b=2");
        Map<String, List<String>> twice = Map.of("traceparent", List.of(text, text));
        assertThat(TraceContext.of(name -> twice.getOrDefault(name, List.of()))).isEqualTo(TraceContext.NONE);
        assertThat(TraceContext.of(_ -> List.of())).isEqualTo(TraceContext.NONE);
    }

    @Test
    void a_state_that_cannot_be_passed_on_is_left_out() {
        assertThat(TraceContext.parse("00-" + TRACE + "-" + SPAN + "-01", "a=\u00e9"))
                .isEqualTo(new TraceContext(TRACE, SPAN, true, ""));
        assertThat(TraceContext.parse("00-" + TRACE + "-" + SPAN + "-01", "a=" + "b".repeat(600)))
                .isEqualTo(new TraceContext(TRACE, SPAN, true, ""));
    }
}
