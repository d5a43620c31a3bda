package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HostPortTest {
    @ParameterizedTest
    @ValueSource(strings = {"engram-0.engram-headless:7946", "10.0.0.1:0", "[fe80::1]:65535", "[::]:7946"})
    void is_written_as_it_is_read(String text) {
        assertThat(HostPort.parse(text)).hasToString(text);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "host",
                "host:",
                ":7946",
                "host:x",
                "host:-1",
                "host:65536",
                "fe80::1:7946",
                "[fe80::1]",
                "[]:1",
                "[a:7946"
            })
    void what_is_none_is_refused(String text) {
        assertThatThrownBy(() -> HostPort.parse(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void ports_are_ordered_as_numbers() {
        assertThat(HostPort.parse("a:99")).isLessThan(HostPort.parse("a:100"));
        assertThat(HostPort.parse("a:100")).isLessThan(HostPort.parse("b:99"));
    }
}
