package io.engram.cli;

import java.net.URI;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Stops the node that runs on this machine. */
@Command(
        name = "stop",
        description = "Stop the node that runs on this machine. It finishes what is in flight, which takes up to 30 s.")
final class StopCommand implements Callable<Integer> {
    private static final Duration POLITE = Duration.ofSeconds(32);
    private static final Duration SHORT = Duration.ofSeconds(5);

    @Spec
    @Nullable
    CommandSpec spec;

    @Option(names = "--force", description = "Kill it if it has not stopped after 5 s. What it acknowledged is safe.")
    boolean force;

    @Option(names = "--json", description = "Print one JSON document instead of text.")
    boolean json;

    @Override
    public Integer call() throws InterruptedException {
        var pidFile = PidFile.ofThisMachine(System.getenv());
        var entry = pidFile.running().orElse(null);
        if (entry == null) {
            boolean stale = !(pidFile.read() instanceof PidFile.State.Missing);
            pidFile.release();
            throw new CommandFailure("no node is running here"
                    + (stale
                            ? "; " + pidFile.path() + " was left over and is removed"
                            : ": there is no " + pidFile.path()));
        }
        var process = ProcessHandle.of(entry.pid()).orElse(null);
        if (process == null) {
            return report(entry, "stopped");
        }
        ask(entry, process);
        if (ended(process, force ? SHORT : POLITE)) {
            return report(entry, "stopped");
        }
        if (!force) {
            throw new CommandFailure("process %d has not stopped within %d s; engram stop --force kills it"
                    .formatted(entry.pid(), POLITE.toSeconds()));
        }
        process.destroyForcibly();
        if (!ended(process, SHORT)) {
            throw new CommandFailure("process " + entry.pid() + " cannot be killed");
        }
        pidFile.release();
        return report(entry, "killed");
    }

    /** Over HTTP first, which also works where signals are not allowed. */
    private static void ask(PidFile.Entry entry, ProcessHandle process) throws InterruptedException {
        try (var api = new Api(URI.create("http://127.0.0.1:" + entry.port()), Duration.ofSeconds(2))) {
            if (api.send("POST", "/shutdown", Map.of(), Optional.empty()).isSuccess()) {
                return;
            }
        } catch (Api.Unreachable e) {
            // The signal below is for such a node.
        }
        process.destroy();
    }

    private static boolean ended(ProcessHandle process, Duration limit) throws InterruptedException {
        try {
            process.onExit().get(limit.toMillis(), TimeUnit.MILLISECONDS);
            return true;
        } catch (TimeoutException e) {
            return false;
        } catch (ExecutionException e) {
            throw new CommandFailure("process " + process.pid() + " cannot be watched: " + e.getMessage());
        }
    }

    private int report(PidFile.Entry entry, String outcome) {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        var out = spec.commandLine().getOut();
        out.println(
                json
                        ? Api.JSON
                                .createObjectNode()
                                .put("status", outcome)
                                .put("pid", entry.pid())
                                .toString()
                        : outcome + " process " + entry.pid());
        out.flush();
        return ExitCodes.OK;
    }
}
