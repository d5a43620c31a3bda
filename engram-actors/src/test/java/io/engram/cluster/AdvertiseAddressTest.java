package io.engram.cluster;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.cluster.AdvertiseAddress.Given;
import io.engram.cluster.AdvertiseAddress.Machine;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdvertiseAddressTest {
    private static final HostPort ANYWHERE = HostPort.parse("0.0.0.0:7946");
    private static final Given WILDCARD =
            new Given(Optional.empty(), ANYWHERE, Optional.empty(), seeds("10.0.0.9:7946"));

    /** A machine with these addresses, on which the names of a few others are known. */
    private record Made(List<InetAddress> addresses) implements Machine {
        private static final Map<String, String> NAMES = Map.of(
                "localhost", "127.0.0.1", "this-node", "10.0.0.5", "balancer", "203.0.113.7", "other", "10.0.0.9");

        static Made with(String... addresses) {
            return new Made(Arrays.stream(addresses).map(Made::ip).toList());
        }

        static InetAddress ip(String text) {
            try {
                return InetAddress.getByName(text);
            } catch (UnknownHostException e) {
                throw new IllegalArgumentException(e);
            }
        }

        @Override
        public List<InetAddress> resolve(String host) {
            var meant = NAMES.getOrDefault(host, host);
            return meant.matches("[0-9.]+|.*:.*") ? List.of(ip(meant)) : List.of();
        }
    }

    private static List<HostPort> seeds(String... texts) {
        return Arrays.stream(texts).map(HostPort::parse).toList();
    }

    private static Given configured(String text) {
        return new Given(Optional.of(text), ANYWHERE, Optional.empty(), WILDCARD.seeds());
    }

    private static Given bound(String text) {
        return new Given(Optional.empty(), HostPort.parse(text), Optional.empty(), WILDCARD.seeds());
    }

    @ParameterizedTest
    @CsvSource({
        "10.0.0.5,          10.0.0.5:7946",
        "10.0.0.5:9000,     10.0.0.5:9000",
        "this-node,         this-node:7946",
        "this-node:9000,    this-node:9000",
        "fd00::5,           [fd00::5]:7946",
        "[fd00::5],         [fd00::5]:7946",
        "[fd00::5]:9000,    [fd00::5]:9000"
    })
    void the_operators_word_is_taken(String text, String expected) {
        var chosen = AdvertiseAddress.choose(configured(text), Made.with("127.0.0.1", "10.0.0.5", "fd00::5"));
        assertThat(chosen.address()).hasToString(expected);
        assertThat(chosen.isConfigured()).isTrue();
        assertThat(chosen.warning()).isEmpty();
    }

    @Test
    void an_address_that_something_forwards_is_taken_with_a_warning() {
        var machine = Made.with("127.0.0.1", "10.0.0.5");
        assertThat(AdvertiseAddress.choose(configured("balancer:7946"), machine)
                        .warning()
                        .orElseThrow())
                .contains("no address of this machine", "127.0.0.1, 10.0.0.5");
        assertThat(AdvertiseAddress.choose(configured("nowhere"), machine)
                        .warning()
                        .orElseThrow())
                .contains("nowhere", "does not know");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0.0.0.0", "0.0.0.0:7946", "[::]:7946", "::"})
    void a_wildcard_is_never_told(String text) {
        assertThatThrownBy(() -> AdvertiseAddress.choose(configured(text), Made.with("127.0.0.1", "10.0.0.5")))
                .isInstanceOf(ClusterRefusal.class)
                .hasMessageContaining("wildcard")
                .hasMessageContaining("ENGRAM_CLUSTER_ADVERTISE_ADDR");
    }

    @Test
    void an_address_that_is_bound_is_told() {
        var machine = Made.with("127.0.0.1", "10.0.0.5", "10.1.0.5");
        assertThat(AdvertiseAddress.choose(bound("10.1.0.5:7946"), machine).address())
                .hasToString("10.1.0.5:7946");
        assertThatThrownBy(() -> AdvertiseAddress.choose(bound("nowhere:7946"), machine))
                .hasMessageContaining("swim_bind");
    }

    @Test
    void loopback_is_told_only_when_all_are_on_this_machine() {
        var machine = Made.with("127.0.0.1", "10.0.0.5");
        var here = seeds("127.0.0.1:7946", "localhost:7947");
        for (var bind : List.of(ANYWHERE, HostPort.parse("127.0.0.1:7946"))) {
            assertThat(AdvertiseAddress.choose(new Given(Optional.empty(), bind, Optional.empty(), here), machine)
                            .address())
                    .hasToString("127.0.0.1:7946");
        }
        assertThatThrownBy(() -> AdvertiseAddress.choose(bound("127.0.0.1:7946"), machine))
                .isInstanceOf(ClusterRefusal.class)
                .hasMessageContaining("no other machine");
        var none = new Given(Optional.empty(), HostPort.parse("127.0.0.1:1"), Optional.empty(), List.of());
        assertThatThrownBy(() -> AdvertiseAddress.choose(none, machine)).isInstanceOf(ClusterRefusal.class);
    }

    @Test
    void the_pods_address_is_told_if_it_is_one_of_the_machine() {
        var machine = Made.with("127.0.0.1", "10.0.0.5", "10.1.0.5");
        var pod = new Given(Optional.empty(), ANYWHERE, Optional.of("10.1.0.5"), List.of());
        assertThat(AdvertiseAddress.choose(pod, machine).address()).hasToString("10.1.0.5:7946");
        var wrong = new Given(Optional.empty(), ANYWHERE, Optional.of("10.7.7.7"), List.of());
        assertThatThrownBy(() -> AdvertiseAddress.choose(wrong, machine))
                .hasMessageContaining("ENGRAM_POD_IP")
                .hasMessageContaining("10.7.7.7");
    }

    @Test
    void the_only_private_address_is_told() {
        assertThat(AdvertiseAddress.choose(WILDCARD, Made.with("127.0.0.1", "::1", "192.168.3.4", "fe80::1"))
                        .address())
                .hasToString("192.168.3.4:7946");
        assertThat(AdvertiseAddress.choose(WILDCARD, Made.with("127.0.0.1", "10.0.0.5", "fd00::5"))
                        .address())
                .as("IPv4 where there are both")
                .hasToString("10.0.0.5:7946");
        assertThat(AdvertiseAddress.choose(WILDCARD, Made.with("::1", "fd00::5"))
                        .address())
                .hasToString("[fd00:0:0:0:0:0:0:5]:7946");
    }

    @Test
    void a_guess_between_several_is_refused() {
        assertThatThrownBy(() -> AdvertiseAddress.choose(WILDCARD, Made.with("10.0.0.5", "172.17.0.1")))
                .isInstanceOf(ClusterRefusal.class)
                .hasMessageContaining("10.0.0.5, 172.17.0.1")
                .hasMessageContaining("advertise_addr");
        assertThatThrownBy(() -> AdvertiseAddress.choose(WILDCARD, Made.with("127.0.0.1", "203.0.113.5")))
                .isInstanceOf(ClusterRefusal.class)
                .hasMessageContaining("no private address");
    }

    @Test
    void doors_must_be_where_others_look_for_them() {
        var machine = Made.with("127.0.0.1", "10.0.0.5", "10.1.0.5");
        var guessed = new AdvertiseAddress(HostPort.parse("10.0.0.5:7946"), false, Optional.empty());
        assertThat(guessed.door("server.grpc_bind", "0.0.0.0", 50051, machine)).hasToString("10.0.0.5:50051");
        assertThat(guessed.door("server.grpc_bind", "this-node", 50051, machine))
                .hasToString("10.0.0.5:50051");
        for (var elsewhere : List.of("127.0.0.1", "10.1.0.5")) {
            assertThatThrownBy(() -> guessed.door("server.grpc_bind", elsewhere, 50051, machine))
                    .isInstanceOf(ClusterRefusal.class)
                    .hasMessageContaining("server.grpc_bind is " + elsewhere);
        }
        var forwarded = new AdvertiseAddress(HostPort.parse("balancer:7946"), true, Optional.empty());
        assertThat(forwarded.door("server.grpc_bind", "10.1.0.5", 50051, machine))
                .hasToString("balancer:50051");
        assertThatThrownBy(() -> forwarded.door("server.grpc_bind", "127.0.0.1", 50051, machine))
                .isInstanceOf(ClusterRefusal.class);
    }

    @Test
    void this_machine_has_loopback_and_knows_its_name() {
        assertThat(Machine.local().addresses()).anyMatch(InetAddress::isLoopbackAddress);
        assertThat(Machine.local().resolve("localhost"))
                .allMatch(InetAddress::isLoopbackAddress)
                .isNotEmpty();
        assertThat(Machine.local().resolve("no-such-host.invalid")).isEmpty();
    }
}
