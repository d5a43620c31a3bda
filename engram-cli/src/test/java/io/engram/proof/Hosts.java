package io.engram.proof;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/**
 * Hosts of their own on one machine: network namespaces around a bridge, of which the way from one to another can be cut. The test itself
 * stands at the bridge, too, and reaches all of them whatever is cut between them.
 */
public final class Hosts implements AutoCloseable {
    private static final String NOBODY = "02:00:00:00:00:01";

    private final int count;
    private final String prefix;
    private final String subnet;
    private List<Way> cut = List.of();

    private Hosts(int count) {
        this.count = count;
        var pid = ProcessHandle.current().pid();
        prefix = "e" + pid % 100_000;
        subnet = "10.77." + pid % 250;
    }

    /** Makes the hosts, or skips the test that asks for them, and says why. */
    public static Hosts made(int count) throws IOException, InterruptedException {
        if (!"root".equals(System.getProperty("user.name"))) {
            throw skipped("only root can make network namespaces");
        }
        var hosts = new Hosts(count);
        try {
            hosts.make();
        } catch (IOException e) {
            hosts.close();
            throw skipped(String.valueOf(e.getMessage()));
        }
        return hosts;
    }

    private static TestAbortedException skipped(String reason) {
        return Skipped.because("cuts between nodes", reason);
    }

    private String namespace(int host) {
        return prefix + "h" + host;
    }

    private String bridge() {
        return prefix + "sw";
    }

    private static String port(int host) {
        return "p" + host;
    }

    private void make() throws IOException, InterruptedException {
        run("ip netns add " + bridge());
        run("ip -n %s link set lo up".formatted(bridge()));
        run("ip -n %s link add br0 type bridge".formatted(bridge()));
        run("ip -n %s link set br0 up".formatted(bridge()));
        var own = prefix + "t";
        run("ip link add %s type veth peer name pt netns %s".formatted(own, bridge()));
        run("ip -n %s link set pt master br0 up".formatted(bridge()));
        run("ip addr add %s.1/24 dev %s".formatted(subnet, own));
        run("ip link set %s up".formatted(own));
        for (var host = 0; host < count; host++) {
            run("ip netns add " + namespace(host));
            run("ip -n %s link set lo up".formatted(namespace(host)));
            run("ip link add eth0 netns %s type veth peer name %s netns %s"
                    .formatted(namespace(host), port(host), bridge()));
            run("ip -n %s link set %s master br0 up".formatted(bridge(), port(host)));
            run("ip -n %s addr add %s/24 dev eth0".formatted(namespace(host), address(host)));
            run("ip -n %s link set eth0 up".formatted(namespace(host)));
        }
    }

    /** The address of a host, counted from 0. */
    public String address(int host) {
        return subnet + "." + (11 + host);
    }

    /** A command that runs the rest of its line on a host. */
    public List<String> enter(int host) {
        return List.of("ip", "netns", "exec", namespace(host));
    }

    /** The way from one host to another, but not back. */
    public record Way(int from, int to) {}

    /** Both ways between one host and each of some others. */
    public static List<Way> between(int one, int... others) {
        var ways = new ArrayList<Way>();
        for (var other : others) {
            ways.add(new Way(one, other));
            ways.add(new Way(other, one));
        }
        return ways;
    }

    /**
     * From now on nothing goes these ways, and everything goes all others: what a host sends there goes to a hardware address that nobody
     * has, so that it is lost without a word.
     */
    public void cut(List<Way> ways) throws IOException, InterruptedException {
        for (var way : ways) {
            if (!cut.contains(way)) {
                run("ip -n %s neigh replace %s lladdr %s dev eth0 nud permanent"
                        .formatted(namespace(way.from()), address(way.to()), NOBODY));
            }
        }
        for (var way : cut) {
            if (!ways.contains(way)) {
                run("ip -n %s neigh del %s dev eth0".formatted(namespace(way.from()), address(way.to())));
            }
        }
        cut = List.copyOf(ways);
    }

    private static void run(String command) throws IOException, InterruptedException {
        var process = new ProcessBuilder(command.split(" ", -1))
                .redirectErrorStream(true)
                .start();
        process.getOutputStream().close();
        var said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (!process.waitFor(30, TimeUnit.SECONDS) || process.exitValue() != 0) {
            throw new IOException(command + ": " + said.strip());
        }
    }

    /** Takes the hosts away. Their processes must have ended. */
    @Override
    public void close() throws InterruptedException {
        for (var host = 0; host < count; host++) {
            remove(namespace(host));
        }
        remove(bridge());
    }

    private static void remove(String namespace) throws InterruptedException {
        try {
            run("ip netns del " + namespace);
        } catch (IOException _) {
            // It was never made.
        }
    }
}
