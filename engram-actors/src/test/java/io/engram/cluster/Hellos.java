package io.engram.cluster;

import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.UUID;

/** Introductions of made-up nodes. */
final class Hellos {
    static final UUID RED = new UUID(0, 0xA);
    static final UUID BLUE = new UUID(0, 0xB);

    private Hellos() {}

    /** Node n of three, which is in no cluster and in no membership. */
    static Hello node(int n) {
        return new Hello(
                Hello.PROTOCOL,
                "0.1.0",
                "node-" + n,
                id(n),
                Optional.empty(),
                at(n),
                Optional.of(new HostPort("10.0.0." + n, 50_051)),
                Optional.of(new HostPort("10.0.0." + n, 7_432)),
                Optional.of("rack-1"),
                Optional.empty(),
                3,
                16_384,
                0,
                Optional.empty(),
                Optional.empty());
    }

    static UUID id(int n) {
        return new UUID(0, n);
    }

    static HostPort at(int n) {
        return new HostPort("10.0.0." + n, 7_946);
    }

    static Hello supporting(Hello hello, int n) {
        return hello.withMembership(0, Optional.empty(), Optional.of(at(n)));
    }

    static Hello in(Hello hello, int members, int anchor) {
        return hello.withMembership(members, Optional.of(at(anchor)), Optional.empty());
    }

    static Hello of(Hello hello, UUID cluster) {
        return hello.withCluster(Optional.of(cluster));
    }

    /** Node n as it would be with another name, data folder, address, or settings. */
    static Hello with(
            Hello hello, String name, UUID incarnation, HostPort gossip, int protocol, int expect, long buckets) {
        return new Hello(
                protocol,
                hello.version(),
                name,
                incarnation,
                hello.cluster(),
                gossip,
                hello.grpc(),
                hello.http(),
                hello.rack(),
                hello.zone(),
                expect,
                buckets,
                hello.members(),
                hello.anchor(),
                hello.supports());
    }

    /** Of nodes that all have the same clock. */
    static ClockSkews clocks() {
        return new ClockSkews(Duration.ofMillis(500), InstantSource.system(), System::nanoTime);
    }
}
