package io.engram.cli;

import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** A node as its configuration says. */
@Command(
        name = "start",
        description = "Run a node in the foreground as the configuration says; a supervisor keeps it running.")
final class StartCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @ParentCommand
    @Nullable
    Main main;

    @Mixin
    ServerOptions options = new ServerOptions();

    @Override
    public Integer call() throws InterruptedException {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        var general = Optional.ofNullable(main).flatMap(each -> Optional.ofNullable(each.logLevel));
        return Serving.run(
                "start",
                ConfigLoader.load(options.applyTo(ConfigRequest.ofThisProcess("start"), general)),
                spec.commandLine().getOut());
    }
}
