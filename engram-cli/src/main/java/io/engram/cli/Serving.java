package io.engram.cli;

import io.engram.config.LoadedConfig;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import sun.misc.Signal;

/** A node in the foreground, from its configuration to the end of the process. */
final class Serving {
    private static final Logger log = LoggerFactory.getLogger(Serving.class);

    private Serving() {}

    /** Runs until a signal, a client or a failure ends it; signals and clients end the process with code 0. */
    static int run(String command, LoadedConfig loaded, PrintWriter out) throws InterruptedException {
        var logging = loaded.config().logging();
        Logs.configure(logging);
        CrashReport.show(logging.backtrace());
        logging.heapDumpDir().ifPresent(HeapDumps::into);
        loaded.notes().forEach(note -> log.info("{}", note));
        loaded.warnings().forEach(warning -> log.warn("{}", warning));
        var exitCode = new AtomicInteger(ExitCodes.OK);
        var ended = new CountDownLatch(1);
        Runnable exit = ended::countDown;
        // Not by a shutdown hook: onnxruntime has one that takes its library down while the model may still be loading
        // or
        // at work, which aborts the process in the middle of our own. And before the start: a
        // signal that comes meanwhile is obeyed as soon as there is something to stop.
        for (var signal : List.of("TERM", "INT")) {
            Signal.handle(new Signal(signal), _ -> exit.run());
        }
        Runnable askedOverHttp = () -> {
            log.info("shutdown was asked for over HTTP");
            exit.run();
        };
        var manager = new ServiceManager(System.getenv());
        for (var again = true; again; ) {
            again = serveOnce(command, loaded, out, ended, exitCode, askedOverHttp, manager);
        }
        // A process that stopped as it was told to did not fail.
        Runtime.getRuntime().halt(exitCode.get());
        return exitCode.get();
    }

    /**
     * @return whether to start again: the others have taken this node out of their cluster because they could not reach it,
     *     and it can come back as a new member with all that it holds
     */
    private static boolean serveOnce(
            String command,
            LoadedConfig loaded,
            PrintWriter out,
            CountDownLatch ended,
            AtomicInteger exitCode,
            Runnable askedOverHttp,
            ServiceManager manager)
            throws InterruptedException {
        manager.status("reading the log");
        var pidFile = PidFile.ofThisMachine(System.getenv());
        var progress = new StartProgress(manager);
        Server server;
        try {
            server = Server.start(loaded, askedOverHttp, begun -> {
                // Whoever asks or stops a node finds it also while it reads its log.
                pidFile.claim(begun.http().getPort()).ifPresent(reason -> log.warn("{}", reason));
                progress.begin(begun.recovery());
            });
        } catch (RuntimeException e) {
            progress.close();
            pidFile.release();
            throw e;
        }
        onFailure(server.failed(), System.err, () -> {
            exitCode.set(ExitCodes.FAILURE);
            ended.countDown();
        });
        var removed = new AtomicBoolean();
        var neverReady = new AtomicReference<@Nullable Throwable>();
        var over = new CountDownLatch(1);
        server.ready().whenComplete((done, failure) -> {
            progress.close();
            if (failure == null) {
                announce(command, loaded, server, out);
                manager.ready("serving, HTTP on " + shown(server.httpAddress()));
            } else {
                neverReady.set(failure);
                over.countDown();
            }
        });
        server.removed().thenAccept(done -> {
            removed.set(true);
            over.countDown();
        });
        Thread.ofVirtual().start(() -> {
            try {
                ended.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            over.countDown();
        });
        over.await();
        progress.close();
        if (removed.get()) {
            manager.status("taken out of the cluster; joining again");
            server.abandon();
        } else {
            manager.stopping("finishing what is in flight");
            server.stop();
        }
        pidFile.release();
        var failure = neverReady.get();
        if (failure != null && ended.getCount() > 0) {
            throw Server.notReady(failure);
        }
        var again = removed.get() && ended.getCount() > 0;
        if (again) {
            log.warn("the other nodes could not reach this one and took it out of the cluster; it joins again");
        }
        return again;
    }

    /** Has a failed log said, and the process ended, while readers may still be answered. */
    static void onFailure(CompletionStage<? extends Throwable> failed, PrintStream stderr, Runnable end) {
        failed.thenAcceptAsync(failure -> {
            try {
                CrashReport.report(
                        failure,
                        stderr,
                        "the log can no longer be written, so that this node stops: %s. Find out what is wrong with the disk, then start it again: what was acknowledged is there"
                                .formatted(failure.getMessage()));
            } finally {
                end.run();
            }
        });
    }

    private static void announce(String command, LoadedConfig loaded, Server server, PrintWriter out) {
        var config = loaded.config();
        var http = server.httpAddress();
        if (!isLoopback(http) || !isLoopback(server.grpcAddress())) {
            log.warn("this node has no authentication and listens beyond this machine: whoever reaches its ports may"
                    + " read and write");
        }
        log.info("ready: HTTP on {}, gRPC on {}", shown(http), shown(server.grpcAddress()));
        if (!command.equals("dev") && !Logs.isText(config.logging())) {
            // Whoever collects records can do nothing with text between them.
            return;
        }
        var url = "http://" + shown(http);
        out.print("""

            Engram %s is ready (%s)

              HTTP    %s
              gRPC    %s
              data    %s
              health  %s/health
              docs    %s/docs
            """.formatted(
                        Version.number(),
                        command,
                        url,
                        shown(server.grpcAddress()),
                        config.persistence().dataRoot(),
                        url,
                        url));
        loaded.files().forEach(file -> out.println("  config  " + file));
        if (command.equals("dev")) {
            out.print("""

                Try:
                  curl -X POST %s/api/v1/memories/remember -H 'Content-Type: application/json' -d '{"content": "The ferry leaves at nine", "confidence": 0.95}'
                  curl '%s/api/v1/memories/search?q=ferry'

                Ctrl-C stops it; everything stays in the data folder.
                """.formatted(url, url));
        }
        out.println();
        out.flush();
    }

    private static boolean isLoopback(InetSocketAddress address) {
        var ip = address.getAddress();
        return ip != null && ip.isLoopbackAddress();
    }

    /** An address that can be called from this machine. */
    private static String shown(InetSocketAddress address) {
        var ip = address.getAddress();
        var host = ip == null
                ? address.getHostString()
                : ip.isAnyLocalAddress() ? InetAddress.getLoopbackAddress().getHostAddress() : ip.getHostAddress();
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + address.getPort();
    }
}
