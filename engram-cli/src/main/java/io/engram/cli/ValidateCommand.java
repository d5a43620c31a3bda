package io.engram.cli;

import io.engram.config.ConfigException;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import java.nio.file.Path;
import java.util.List;
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
        subcommands = {ValidateCommand.OfConfig.class, ValidateDataCommand.class})
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

        @Option(names = "--json", description = "Print one JSON document instead of text.")
        boolean json;

        @Override
        public Integer call() {
            var request = options.applyTo(ConfigRequest.ofThisProcess("start"), Optional.empty());
            if (file != null) {
                request = request.withFile(file);
            }
            List<String> errors = List.of();
            List<String> warnings = List.of();
            String checked = "the defaults";
            try {
                var loaded = ConfigLoader.load(request);
                warnings = loaded.warnings();
                checked = loaded.file().map(Path::toString).orElse(checked);
            } catch (ConfigException e) {
                errors = e.problems().stream().map(Object::toString).toList();
            }
            print(checked, errors, warnings);
            return errors.isEmpty() ? ExitCodes.OK : ExitCodes.FAILURE;
        }

        private void print(String checked, List<String> errors, List<String> warnings) {
            if (spec == null) {
                throw new IllegalStateException("not part of a command");
            }
            var out = spec.commandLine().getOut();
            if (json) {
                var document = Api.JSON.createObjectNode().put("status", errors.isEmpty() ? "valid" : "invalid");
                errors.forEach(document.putArray("errors")::add);
                warnings.forEach(document.putArray("warnings")::add);
                out.println(document);
            } else {
                if (errors.isEmpty()) {
                    out.println("[PASS] " + checked);
                }
                errors.forEach(error -> out.println("[ERROR] " + error));
                warnings.forEach(warning -> out.println("[WARN] " + warning));
                out.printf("%d errors, %d warnings%n", errors.size(), warnings.size());
            }
            out.flush();
        }
    }
}
