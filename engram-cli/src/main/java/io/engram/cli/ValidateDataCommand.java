package io.engram.cli;

import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import io.engram.config.EngramConfig;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Checks a data folder, and makes a new one of what is good of a damaged one. */
@Command(
        name = "data",
        description = {
            "Tell which entries of a data folder can be read; nothing is written. With --repair, make a new folder of"
                    + " them.",
            "Exit code 0 if everything is there, 1 if something is damaged or missing."
        })
final class ValidateDataCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    ServerOptions options = new ServerOptions();

    @Option(names = "--json", description = "Print one JSON document instead of text.")
    boolean json;

    @Option(
            names = "--repair",
            description = "Copy every entry that can be read into a new folder. The node must not be running.")
    boolean repair;

    @Option(names = "--to", paramLabel = "DIR", description = "With --repair: the new folder; new, or empty.")
    @Nullable
    Path to;

    private final LogFiles files;

    ValidateDataCommand() {
        this(new FilesOfLevelDb());
    }

    ValidateDataCommand(LogFiles files) {
        this.files = files;
    }

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        if (repair != (to != null)) {
            throw new ParameterException(spec.commandLine(), "--repair and --to DIR go together");
        }
        EngramConfig config = ConfigLoader.load(options.applyTo(ConfigRequest.ofThisProcess("start"), Optional.empty()))
                .config();
        var data = config.persistence().dataRoot();
        var check = new DataCheck(files, InstantSource.system());
        var report = to == null
                ? check.inspect(data)
                : check.repair(data, to, config.cluster().nodeId());
        var out = spec.commandLine().getOut();
        if (json) {
            out.println(report.document());
        } else {
            report.lines().forEach(out::println);
            out.printf(
                    "%d errors, %d warnings%n",
                    report.count(DataCheck.Level.ERROR), report.count(DataCheck.Level.WARN));
        }
        out.flush();
        return report.isGood() ? ExitCodes.OK : ExitCodes.FAILURE;
    }
}
