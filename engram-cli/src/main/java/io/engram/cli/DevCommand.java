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

/** One node to try things with. */
@Command(
        name = "dev",
        description = "Run one node in the foreground, reachable from this machine, with its data in ./engram-data.")
final class DevCommand implements Callable<Integer> {
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
        var request = ConfigRequest.ofThisProcess("dev").withDefault("persistence.data_root", "engram-data");
        var general = Optional.ofNullable(main).flatMap(each -> Optional.ofNullable(each.logLevel));
        return Serving.run(
                "dev",
                ConfigLoader.load(options.applyTo(request, general)),
                spec.commandLine().getOut());
    }
}
