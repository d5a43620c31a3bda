package io.engram.cli;

import io.engram.config.ConfigException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The executable {@code engram}. */
@Command(
        name = "engram",
        description = "A memory for applications and agents.",
        versionProvider = Version.class,
        subcommands = {
            DevCommand.class,
            StartCommand.class,
            StopCommand.class,
            StatusCommand.class,
            MemoryCommand.class,
            SpaceCommand.class,
            ClusterCommand.class,
            ConfigCommand.class,
            LogLevelCommand.class,
            ValidateCommand.class,
            BenchmarkCommand.class,
            CompletionCommand.class,
            TrainCommand.class
        })
public final class Main implements Runnable {
    @Spec
    @Nullable
    CommandSpec spec;

    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            scope = ScopeType.INHERIT,
            description = "Show this help.")
    boolean help;

    @Option(names = "--version", versionHelp = true, description = "Show the version.")
    boolean version;

    @Option(
            names = {"-l", "--log-level"},
            paramLabel = "LEVEL",
            description = "How much dev and start log.")
    @Nullable
    String logLevel;

    private Main() {}

    /** Runs a command and ends the process with its exit code. */
    public static void main(String[] arguments) {
        CrashReport.install(System.err);
        var out = new PrintWriter(System.out, false, StandardCharsets.UTF_8);
        var err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        int code = run(out, err, arguments);
        out.flush();
        err.flush();
        System.exit(code);
    }

    /** Runs a command and returns its exit code. */
    static int run(PrintWriter out, PrintWriter err, String... arguments) {
        return commandLine(out, err).execute(arguments);
    }

    static CommandLine commandLine(PrintWriter out, PrintWriter err) {
        return new CommandLine(new Main())
                .setOut(out)
                .setErr(err)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpAutoWidth(true)
                .setExecutionExceptionHandler((error, commandLine, _) -> {
                    commandLine.getOut().flush();
                    return handle(error, commandLine.getErr());
                });
    }

    private static int handle(Exception error, PrintWriter err) {
        return switch (error) {
            case CommandFailure failure -> {
                err.println("engram: " + failure.getMessage());
                err.flush();
                yield failure.exitCode();
            }
            case ConfigException failure -> {
                err.println("engram: the configuration cannot be used:");
                failure.problems().forEach(problem -> err.println("  " + problem));
                err.flush();
                yield ExitCodes.FAILURE;
            }
            default -> {
                CrashReport.report(error, System.err);
                yield ExitCodes.FAILURE;
            }
        };
    }

    @Override
    public void run() {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        throw new ParameterException(spec.commandLine(), "which command? engram --help lists them");
    }
}
