package io.engram.cli;

import io.engram.cluster.Shards;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionTimeoutException;

/**
 * Nodes of one cluster, each a process with its own data folder, that are started, killed, frozen and wiped. Each has the same ports
 * and the same name at each start, as it would have on a machine of its own.
 */
final class ClusterProcesses implements AutoCloseable {
    /** Generous: there may be fewer cores than nodes. */
    static final Duration PATIENCE = Duration.ofMinutes(2);

    /** Short, so that a frozen node is found out. */
    private static final Duration ANSWER = Duration.ofSeconds(6);

    /** Each node has so many about its place among the others. */
    private static final int CLUSTER_CHECKS = 4;

    private static final long BUCKETS = 16_384;
    private static final Pattern LEADS = Pattern.compile("this node leads shard (\\d+) at epoch (\\d+)");
    /** Below those that the system hands out for outgoing connections. */
    private static final int LOWEST_PORT = 20_000;

    private static final int PORTS = 12_000;

    private final Random ports = new Random();
    private final List<Member> members = new ArrayList<>();

    /** Where a node is, and how a process gets there. */
    record Host(String address, List<String> enter) {
        static final Host LOOPBACK = new Host("127.0.0.1", List.of());
    }

    /** Nodes on one machine; none is started. */
    ClusterProcesses(Path folder, int count) throws IOException {
        this(folder, java.util.Collections.nCopies(count, Host.LOOPBACK));
    }

    /** Nodes, each on its host; none is started. */
    ClusterProcesses(Path folder, List<Host> hosts) throws IOException {
        for (var i = 0; i < hosts.size(); i++) {
            members.add(new Member("node-" + (i + 1), folder, hosts.get(i)));
        }
        var seeds = members.stream().map(Member::gossip).collect(Collectors.joining(","));
        members.forEach(member -> member.seeds = seeds);
    }

    private int freePort() throws IOException {
        for (var tries = 0; tries < 100; tries++) {
            var port = LOWEST_PORT + ports.nextInt(PORTS);
            try (var socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException _) {
                // Somebody has it.
            }
        }
        throw new IOException("no free port was found");
    }

    /** A node, whether it runs or not. */
    final class Member {
        private final String name;
        private final Path folder;
        private final Host host;
        private final int gossipPort = freePort();
        private final int httpPort = freePort();
        private final int grpcPort = freePort();
        private final List<NodeProcess> runs = new ArrayList<>();
        private String seeds = "";

        private Member(String name, Path parent, Host host) throws IOException {
            this.name = name;
            this.folder = Files.createDirectories(parent.resolve(name));
            this.host = host;
        }

        String name() {
            return name;
        }

        String gossip() {
            return host.address() + ":" + gossipPort;
        }

        Path data() {
            return folder.resolve("data");
        }

        URI http() {
            return URI.create("http://" + host.address() + ":" + httpPort);
        }

        /** Other nodes to look for than those of this cluster. */
        Member withSeeds(String others) {
            seeds = others;
            return this;
        }

        /** Starts a process, and does not wait for anything. */
        Member launch() throws IOException {
            return launch(Map.of());
        }

        Member launch(Map<String, String> more) throws IOException {
            if (isRunning()) {
                throw new IllegalStateException(name + " is running");
            }
            var environment = new HashMap<>(Map.of(
                    "ENGRAM_CLUSTER_ENABLED",
                    "true",
                    "ENGRAM_CLUSTER_SEEDS",
                    seeds,
                    "ENGRAM_CLUSTER_NETWORK_SWIM_BIND",
                    gossip(),
                    "ENGRAM_NODE_ID",
                    name,
                    "ENGRAM_PERSISTENCE_SNAPSHOT_EVERY",
                    "50",
                    "ENGRAM_PERSISTENCE_MIN_FREE_BYTES",
                    "0"));
            environment.putAll(more);
            runs.add(NodeProcess.launch(
                    folder,
                    environment,
                    host.enter(),
                    NodeClasses.arguments(),
                    List.of(
                            "start",
                            "--data-dir",
                            data().toString(),
                            "--http-port",
                            String.valueOf(httpPort),
                            "--grpc-port",
                            String.valueOf(grpcPort),
                            "--log-level",
                            "info,io.engram.cluster=debug",
                            "--set",
                            "server.http_bind=" + host.address(),
                            "--set",
                            "server.grpc_bind=" + host.address())));
            return this;
        }

        NodeProcess process() {
            return runs.getLast();
        }

        boolean isRunning() {
            return !runs.isEmpty() && process().isAlive();
        }

        /** Waits until this run of it says that it is ready. */
        void awaitReady() throws IOException {
            if (!process().becomesReady()) {
                throw new IOException(name + " did not start:\n" + process().output());
            }
        }

        void kill() throws InterruptedException {
            process().kill();
        }

        /** Stops it as a supervisor does, and waits for the end. */
        void stop() throws Exception {
            process().terminate();
            var code = process().exitCode(Duration.ofSeconds(60));
            if (code != 0) {
                throw new AssertionError(name + " stopped with exit code " + code + ":\n"
                        + process().output());
            }
        }

        /** Takes the processor away from it. */
        void freeze() throws IOException, InterruptedException {
            signal("STOP");
        }

        void thaw() throws IOException, InterruptedException {
            signal("CONT");
        }

        private void signal(String signal) throws IOException, InterruptedException {
            var done = new ProcessBuilder(
                            "kill", "-" + signal, String.valueOf(process().pid()))
                    .redirectErrorStream(true)
                    .start();
            if (!done.waitFor(20, TimeUnit.SECONDS) || done.exitValue() != 0) {
                throw new IOException("no SIG" + signal + " for " + name);
            }
        }

        /** Takes its disk away. It must not be running. */
        void wipe() throws IOException {
            if (isRunning()) {
                throw new IllegalStateException(name + " is running");
            }
            DamagedFolder.deleteAll(data());
        }

        /** Everything it said, in all its runs. */
        String output() throws IOException {
            var all = new StringBuilder();
            for (var run : runs) {
                all.append(run.output());
            }
            return all.toString();
        }

        NodeTarget target() {
            return new NodeTarget(new Api(http(), ANSWER));
        }

        /** What it says of itself and its cluster that is not well; empty if all is. */
        Optional<String> complaint() throws InterruptedException {
            try (var api = new Api(http(), ANSWER)) {
                var reply = api.send("GET", "/api/v1/system/health", Map.of(), Optional.empty());
                var found = new ArrayList<String>();
                for (var check : reply.body().path("checks")) {
                    if (check.path("type").asText().equals("cluster")) {
                        found.add(check.path("name").asText() + " is "
                                + check.path("status").asText() + ": "
                                + check.path("message").asText());
                    }
                }
                var isWell = found.size() == CLUSTER_CHECKS
                        && found.stream().allMatch(each -> each.contains(" is healthy"))
                        && found.stream()
                                .anyMatch(each -> each.contains("%1$d of %1$d nodes".formatted(members.size())));
                return isWell ? Optional.empty() : Optional.of(name + " says " + found);
            } catch (Api.Unreachable e) {
                return Optional.of(name + ": " + e.getMessage());
            }
        }
    }

    List<Member> members() {
        return List.copyOf(members);
    }

    Member member(int index) {
        return members.get(index);
    }

    /** Those that are not this one. */
    List<Member> others(Member one) {
        return members.stream().filter(each -> each != one).toList();
    }

    /** Starts those that do not run, at the same time, and waits until they are ready. */
    void startAll() throws IOException {
        var started = new ArrayList<Member>();
        for (var member : members) {
            if (!member.isRunning()) {
                started.add(member.launch());
            }
        }
        for (var member : started) {
            member.awaitReady();
        }
    }

    /** Waits until every node says that the whole cluster is well. */
    void awaitHealthy() {
        var last = new ArrayList<String>();
        try {
            Awaitility.await()
                    .atMost(PATIENCE)
                    .pollInterval(Duration.ofMillis(250))
                    .until(() -> {
                        last.clear();
                        for (var member : members) {
                            member.complaint().ifPresent(last::add);
                        }
                        return last.isEmpty();
                    });
        } catch (ConditionTimeoutException e) {
            throw new AssertionError("the cluster is not well: " + last, e);
        }
    }

    /** The node that was the last to lead a space, by what the nodes have said; the space must be there. */
    Member primary(String space) throws IOException {
        var shard = String.valueOf(Shards.of(space, BUCKETS));
        var highest = 0L;
        Optional<Member> primary = Optional.empty();
        for (var member : members) {
            var leads = LEADS.matcher(member.output());
            while (leads.find()) {
                var epoch = Long.parseLong(leads.group(2));
                if (leads.group(1).equals(shard) && epoch > highest) {
                    highest = epoch;
                    primary = Optional.of(member);
                }
            }
        }
        return primary.orElseThrow(() -> new IllegalStateException("nobody leads " + space));
    }

    @Override
    public void close() throws InterruptedException {
        for (var member : members) {
            for (var run : member.runs) {
                run.kill();
            }
        }
    }
}
