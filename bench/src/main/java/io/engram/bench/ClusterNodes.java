package io.engram.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Nodes of one cluster, each in a process of its own on the loopback address, started by {@code bin/engram start}. Each has the same
 * name, folder and ports at each start.
 */
final class ClusterNodes implements AutoCloseable {
    private static final long LONGEST_START_SECONDS = 180;
    private static final long LONGEST_STOP_SECONDS = 60;
    /** Below those that the system hands out for outgoing connections. */
    private static final int LOWEST_PORT = 20_000;

    private static final int PORTS = 12_000;
    private static final String READY = "\n  HTTP    http";

    private final Path root;
    private final Random random = new Random();
    private final List<Member> members;
    private final Map<String, String> environment;

    private ClusterNodes(Path root, Path folder, int count, Map<String, String> environment) {
        this.root = root;
        this.environment = Map.copyOf(environment);
        // Whoever interrupts a benchmark does not want its nodes to stay.
        Runtime.getRuntime().addShutdownHook(new Thread(this::killAll));
        members = IntStream.rangeClosed(1, count)
                .mapToObj(i -> new Member("node-" + i, folder.resolve("node-" + i)))
                .toList();
    }

    /** None of them is started. */
    static ClusterNodes among(Path root, Path folder, int count, Map<String, String> more) {
        var nodes = new ClusterNodes(root, folder, count, more);
        var seeds = nodes.members.stream().map(Member::gossip).collect(Collectors.joining(","));
        nodes.members.forEach(
                member -> member.cluster = Map.of("ENGRAM_CLUSTER_ENABLED", "true", "ENGRAM_CLUSTER_SEEDS", seeds));
        return nodes;
    }

    /** One node without a cluster, not started. */
    static ClusterNodes alone(Path root, Path folder, Map<String, String> more) {
        return new ClusterNodes(root, folder, 1, more);
    }

    private int freePort() {
        for (int tries = 0; tries < 100; tries++) {
            int port = LOWEST_PORT + random.nextInt(PORTS);
            try (var socket = new ServerSocket()) {
                socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
                return port;
            } catch (IOException taken) {
                continue;
            }
        }
        throw new IllegalStateException("no free port was found");
    }

    /** A node, whether it runs or not. */
    final class Member {
        private final String name;
        private final Path folder;
        private final int httpPort = freePort();
        private final int grpcPort = freePort();
        private final int gossipPort = freePort();
        private final List<Path> outputs = new ArrayList<>();
        private final List<Process> runs = new CopyOnWriteArrayList<>();
        private Map<String, String> cluster = Map.of();

        private Member(String name, Path folder) {
            this.name = name;
            this.folder = folder;
        }

        String name() {
            return name;
        }

        int port() {
            return httpPort;
        }

        /** Those over which nodes speak to each other. */
        List<Integer> innerPorts() {
            return List.of(grpcPort, gossipPort);
        }

        Path data() {
            return folder.resolve("data");
        }

        private String gossip() {
            return "127.0.0.1:" + gossipPort;
        }

        boolean isRunning() {
            return !runs.isEmpty() && runs.getLast().isAlive();
        }

        /** Starts a process and does not wait for it. */
        Member launch() throws IOException {
            if (isRunning()) {
                throw new IllegalStateException(name + " is running");
            }
            Files.createDirectories(folder);
            var output = Files.createTempFile(folder, "node-", ".log");
            var builder = new ProcessBuilder(
                            root.resolve("bin/engram").toString(),
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
                            "server.http_bind=127.0.0.1",
                            "--set",
                            "server.grpc_bind=127.0.0.1")
                    .directory(folder.toFile())
                    .redirectErrorStream(true)
                    .redirectOutput(output.toFile());
            var variables = builder.environment();
            variables.keySet().removeIf(each -> each.startsWith("ENGRAM_") && !each.equals("ENGRAM_JAVA_OPTS"));
            variables.put("XDG_CONFIG_HOME", folder.toString());
            variables.put("ENGRAM_PID_PATH", folder.resolve("engram.pid").toString());
            variables.put("ENGRAM_EMBEDDING_PROVIDER", "none");
            variables.put("ENGRAM_LOGGING_FORMAT", "text");
            if (!cluster.isEmpty()) {
                variables.putAll(cluster);
                variables.put("ENGRAM_NODE_ID", name);
                variables.put("ENGRAM_CLUSTER_NETWORK_SWIM_BIND", gossip());
            }
            variables.putAll(environment);
            outputs.add(output);
            runs.add(builder.start());
            return this;
        }

        /** Waits until the process says that it serves. */
        void awaitReady() throws IOException, InterruptedException {
            long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(LONGEST_START_SECONDS);
            while (!Files.readString(outputs.getLast()).contains(READY)) {
                if (!isRunning() || System.nanoTime() - end > 0) {
                    throw new IOException(name + " did not start:\n" + Files.readString(outputs.getLast()));
                }
                TimeUnit.MILLISECONDS.sleep(10);
            }
        }

        ProcessHandle process() {
            return runs.getLast().toHandle();
        }

        /** What this run of it has printed. */
        List<String> output() throws IOException {
            return Files.readAllLines(outputs.getLast());
        }

        HttpConnection connect() throws IOException {
            return new HttpConnection(httpPort);
        }

        /** What {@code kill -9} does. */
        void kill() {
            process().destroyForcibly();
        }

        /** What {@code kill} does. */
        void terminate() {
            process().destroy();
        }

        void awaitEnd() throws InterruptedException, IOException {
            if (!runs.getLast().waitFor(LONGEST_STOP_SECONDS, TimeUnit.SECONDS)) {
                throw new IOException(name + " does not end");
            }
        }

        double processorSeconds() throws IOException {
            return ProcessorTime.ofTree(process());
        }
    }

    List<Member> members() {
        return members;
    }

    Member member(String name) {
        return members.stream()
                .filter(each -> each.name.equals(name))
                .findFirst()
                .orElseThrow();
    }

    List<Member> running() {
        return members.stream().filter(Member::isRunning).toList();
    }

    List<Integer> ports() {
        return members.stream().map(Member::port).toList();
    }

    /** Starts those that do not run, at the same time, and waits until they serve. */
    ClusterNodes startAll() throws IOException, InterruptedException {
        var started = new ArrayList<Member>();
        for (var member : members) {
            if (!member.isRunning()) {
                started.add(member.launch());
            }
        }
        for (var member : started) {
            member.awaitReady();
        }
        return this;
    }

    double processorSeconds() throws IOException {
        double sum = 0;
        for (var member : running()) {
            sum += member.processorSeconds();
        }
        return sum;
    }

    /** Waits until every node sees every other one, every shard has its copies, and none of them lacks anything. */
    void awaitSettled(int seconds) throws InterruptedException, IOException {
        await(
                seconds,
                "a cluster that is well",
                () -> running().stream().allMatch(member -> {
                    try (var connection = member.connect()) {
                        return ClusterState.health(connection).isWell(members.size());
                    } catch (IOException e) {
                        return false;
                    }
                }));
    }

    /** Looks again and again whether something is so; throws when it takes too long. */
    static void await(int seconds, String what, BooleanSupplier condition) throws InterruptedException, IOException {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - end > 0) {
                throw new IOException("waited for " + seconds + " s in vain for " + what);
            }
            TimeUnit.MILLISECONDS.sleep(200);
        }
    }

    private void killAll() {
        for (var member : members) {
            for (var run : member.runs) {
                run.destroyForcibly();
            }
        }
    }

    /** Kills all of them. Their folders stay. */
    @Override
    public void close() {
        killAll();
        try {
            for (var member : members) {
                for (var run : member.runs) {
                    run.waitFor(LONGEST_STOP_SECONDS, TimeUnit.SECONDS);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
