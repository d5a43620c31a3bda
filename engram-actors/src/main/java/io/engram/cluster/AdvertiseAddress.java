package io.engram.cluster;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Where other nodes reach this one. A node that tells the others a wildcard, or an address that means themselves to them,
 * makes them talk to themselves; whoever is told nothing usable here must not start.
 *
 * @param address what the others are told; never a wildcard
 * @param isConfigured whether the operator named it, so that it may belong to a translation of addresses in between
 * @param warning what is odd about it
 */
public record AdvertiseAddress(HostPort address, boolean isConfigured, Optional<String> warning) {
    private static final String HOW =
            "set cluster.network.advertise_addr (ENGRAM_CLUSTER_ADVERTISE_ADDR) to where other nodes reach this one";

    /**
     * What is known beforehand.
     *
     * @param configured the operator's word: a host, or a host and a port
     * @param bind where the gossip port listens
     * @param podAddress what Kubernetes says
     * @param seeds the gossip addresses of the first nodes, where they are known as a list
     */
    public record Given(Optional<String> configured, HostPort bind, Optional<String> podAddress, List<HostPort> seeds) {
        public Given {
            seeds = List.copyOf(seeds);
        }
    }

    /** The machine that the node runs on. */
    public interface Machine {
        /** The addresses of its interfaces that are up. */
        List<InetAddress> addresses();

        /** What a name means here; empty if nothing. */
        List<InetAddress> resolve(String host);

        /** This one. */
        static Machine local() {
            return new LocalMachine();
        }
    }

    /**
     * Decides where this node is reached: the operator's word; else the address that the gossip port is bound to; else the
     * pod's; else the only private address of the machine; else, if all seeds are on this machine, loopback.
     *
     * @throws ClusterRefusal if none of them can be told to others
     */
    public static AdvertiseAddress choose(Given given, Machine machine) {
        if (given.configured().isPresent()) {
            return configured(given.configured().get(), given.bind().port(), machine);
        }
        var host = detected(given, machine);
        return new AdvertiseAddress(new HostPort(host, given.bind().port()), false, Optional.empty());
    }

    private static AdvertiseAddress configured(String text, int bindPort, Machine machine) {
        var address = hostAndPort(text, bindPort);
        var meant = machine.resolve(address.host());
        if (meant.stream().anyMatch(InetAddress::isAnyLocalAddress)) {
            throw new ClusterRefusal(
                    "cluster.network.advertise_addr is %s, a wildcard: to other nodes it means themselves; %s"
                            .formatted(address.host(), HOW));
        }
        if (meant.isEmpty()) {
            return new AdvertiseAddress(
                    address,
                    true,
                    Optional.of(
                            "cluster.network.advertise_addr is %s, a name that this machine does not know; other nodes must"
                                    .formatted(address.host())));
        }
        var isOwn = meant.stream().anyMatch(each -> isOwn(each, machine));
        return new AdvertiseAddress(
                address,
                true,
                isOwn
                        ? Optional.empty()
                        : Optional.of(
                                "cluster.network.advertise_addr is %s, which is no address of this machine (%s); that is right if something forwards it to this node"
                                        .formatted(address, shown(machine.addresses()))));
    }

    /** Also takes what the setting allows and {@link HostPort} does not: no port, and IPv6 without brackets then. */
    private static HostPort hostAndPort(String text, int bindPort) {
        var isBare = !text.contains(":")
                || text.endsWith("]")
                || (!text.startsWith("[") && text.indexOf(':') != text.lastIndexOf(':'));
        if (!isBare) {
            return HostPort.parse(text);
        }
        return new HostPort(text.replaceAll("[\\[\\]]", ""), bindPort);
    }

    private static String detected(Given given, Machine machine) {
        var bound = machine.resolve(given.bind().host());
        if (bound.isEmpty()) {
            throw new ClusterRefusal("cluster.network.swim_bind names %s, which this machine does not know"
                    .formatted(given.bind().host()));
        }
        var onThisMachine = !given.seeds().isEmpty()
                && given.seeds().stream().allMatch(seed -> isLoopback(machine.resolve(seed.host())));
        if (bound.stream().noneMatch(InetAddress::isAnyLocalAddress)) {
            if (isLoopback(bound) && !onThisMachine) {
                throw new ClusterRefusal(
                        "cluster.network.swim_bind is %s, where no other machine reaches this node, and not all seeds are on this one; bind 0.0.0.0 or an address of its network"
                                .formatted(given.bind()));
            }
            return given.bind().host();
        }
        if (given.podAddress().isPresent()) {
            return pod(given.podAddress().get(), machine);
        }
        if (onThisMachine) {
            return InetAddress.getLoopbackAddress().getHostAddress();
        }
        var candidates = candidates(machine);
        if (candidates.size() != 1) {
            throw new ClusterRefusal(
                    candidates.isEmpty()
                            ? "this machine has no private address that other nodes could be told (it has %s); %s"
                                    .formatted(shown(machine.addresses()), HOW)
                            : "this machine has several addresses that other nodes could be told (%s); %s"
                                    .formatted(shown(candidates), HOW));
        }
        return candidates.getFirst().getHostAddress();
    }

    private static String pod(String text, Machine machine) {
        var meant = machine.resolve(text);
        if (meant.stream().noneMatch(each -> isOwn(each, machine))) {
            throw new ClusterRefusal(
                    "the pod's address (ENGRAM_POD_IP) is %s, which is no address of this machine (%s); %s"
                            .formatted(text, shown(machine.addresses()), HOW));
        }
        return text;
    }

    /** IPv6 is taken only where there is no IPv4: otherwise every machine with both would have to be told. */
    private static List<InetAddress> candidates(Machine machine) {
        var usable = machine.addresses().stream()
                .filter(each -> !each.isLoopbackAddress() && isPrivate(each))
                .toList();
        var v4 = usable.stream().filter(each -> each.getAddress().length == 4).toList();
        return v4.isEmpty() ? usable : v4;
    }

    /** Java knows the site-local addresses of IPv4; those of IPv6 (fc00::/7) have another name there. */
    private static boolean isPrivate(InetAddress address) {
        var bytes = address.getAddress();
        return address.isSiteLocalAddress() || (bytes.length == 16 && (bytes[0] & 0xfe) == 0xfc);
    }

    private static boolean isOwn(InetAddress address, Machine machine) {
        return !address.isAnyLocalAddress()
                && (address.isLoopbackAddress() || machine.addresses().contains(address));
    }

    private static boolean isLoopback(List<InetAddress> addresses) {
        return !addresses.isEmpty() && addresses.stream().allMatch(InetAddress::isLoopbackAddress);
    }

    private static String shown(List<InetAddress> addresses) {
        return addresses.isEmpty()
                ? "none"
                : addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(", "));
    }

    /**
     * Where others reach one of this node's doors: this host, with the door's own port.
     *
     * @param setting the door's, for the text
     * @param bindHost the interface that the door listens on
     * @param port as it was bound
     * @throws ClusterRefusal if the door does not listen where others look for it
     */
    public HostPort door(String setting, String bindHost, int port, Machine machine) {
        var bound = machine.resolve(bindHost);
        var meant = machine.resolve(address.host());
        var isAnywhere = bound.stream().anyMatch(InetAddress::isAnyLocalAddress);
        var isThere = bound.stream().anyMatch(meant::contains);
        // What is forwarded arrives at an address that cannot be known here, but never at loopback.
        var isForwarded = isConfigured && !isLoopback(bound);
        if (!isAnywhere && !isThere && !isForwarded) {
            throw new ClusterRefusal(
                    "%s is %s, where other nodes do not reach this one: they are told %s; set it to 0.0.0.0, or to that address"
                            .formatted(setting, bindHost, address.host()));
        }
        return new HostPort(address.host(), port);
    }

    /** The machine that this process runs on. */
    private static final class LocalMachine implements Machine {
        @Override
        public List<InetAddress> addresses() {
            var found = new ArrayList<InetAddress>();
            try {
                for (var network : Collections.list(NetworkInterface.getNetworkInterfaces())) {
                    if (network.isUp()) {
                        found.addAll(Collections.list(network.getInetAddresses()));
                    }
                }
            } catch (SocketException e) {
                throw new ClusterRefusal(
                        "the addresses of this machine cannot be read (" + e.getMessage() + "); " + HOW);
            }
            found.sort(Comparator.comparing(InetAddress::getHostAddress));
            return List.copyOf(found);
        }

        @Override
        public List<InetAddress> resolve(String host) {
            try {
                return List.of(InetAddress.getAllByName(host));
            } catch (UnknownHostException _) {
                return List.of();
            }
        }
    }
}
