package io.engram.cli;

import io.engram.cli.DeploymentAdvice.Deployment;
import io.engram.config.ConfigException;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Checks without starting. */
@Command(
        name = "validate",
        description = "Check without starting.",
        subcommands = {ValidateCommand.OfConfig.class, ValidateDataCommand.class, ValidateDeploymentCommand.class})
final class ValidateCommand {
    private ValidateCommand() {}

    /** Checks the configuration. */
    @Command(name = "config", description = "Check the configuration; exit code 1 if start would refuse it.")
    static final class OfConfig implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ServerOptions options = new ServerOptions();

        @Option(
                names = {"-f", "--file"},
                paramLabel = "FILE",
                description = "The file to check; the same as --config.")
        @Nullable
        Path file;

        @Option(
                names = {"-d", "--deployment"},
                paramLabel = "NAME",
                description = "Also say what such a node should have: dev, staging or production.")
        @Nullable
        Deployment deployment;

        @Option(names = "--json", description = "Print one JSON document instead of text.")
        boolean json;

        @Override
        public Integer call() {
            if (spec == null) {
                throw new IllegalStateException("not part of a command");
            }
            var request = options.applyTo(ConfigRequest.ofThisProcess("start"), Optional.empty());
            if (file != null) {
                request = request.withFile(file);
            }
            var findings = new Findings();
            try {
                var loaded = ConfigLoader.load(request);
                findings.pass(loaded.file().map(Path::toString).orElse("the defaults"));
                loaded.notes().forEach(findings::info);
                loaded.warnings().forEach(findings::warn);
                if (deployment != null) {
                    DeploymentAdvice.give(loaded.config(), deployment, findings);
                }
            } catch (ConfigException e) {
                e.problems().forEach(problem -> findings.error(problem.toString()));
            }
            return findings.print(spec.commandLine().getOut(), json);
        }
    }
}
