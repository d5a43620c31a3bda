package io.engram.cli;

import io.engram.cli.DeploymentAdvice.Deployment;
import io.engram.config.ConfigException;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Looks whether this machine is ready for a node with this configuration. */
@Command(
        name = "deployment",
        description = {
            "Look whether a node would run well here: configuration, data folder, disk, memory, ports, limits,"
                    + " addresses.",
            "Nothing is started and nothing stays written; exit code 1 if something is in the way."
        })
final class ValidateDeploymentCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Mixin
    ServerOptions options = new ServerOptions();

    @Option(
            names = {"-e", "--environment", "-d", "--deployment"},
            paramLabel = "NAME",
            description = "dev, staging or production (${DEFAULT-VALUE}).")
    Deployment deployment = Deployment.PRODUCTION;

    @Option(names = "--json", description = "Print one JSON document instead of text.")
    boolean json;

    @Override
    public Integer call() {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        var findings = new Findings();
        try {
            var loaded = ConfigLoader.load(options.applyTo(ConfigRequest.ofThisProcess("start"), Optional.empty()));
            findings.pass("the configuration can be used: "
                    + loaded.file().map(Object::toString).orElse("the defaults"));
            loaded.notes().forEach(findings::info);
            loaded.warnings().forEach(findings::warn);
            DeploymentAdvice.give(loaded.config(), deployment, findings);
            MachineCheck.look(loaded.config(), findings);
        } catch (ConfigException e) {
            e.problems().forEach(problem -> findings.error(problem.toString()));
        }
        return findings.print(spec.commandLine().getOut(), json);
    }
}
