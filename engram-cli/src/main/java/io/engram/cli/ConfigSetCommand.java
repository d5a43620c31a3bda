package io.engram.cli;

import io.engram.config.ConfigException;
import io.engram.config.ConfigKey;
import io.engram.config.ConfigLoader;
import io.engram.config.ConfigProblem;
import io.engram.config.ConfigRequest;
import io.engram.config.Source;
import io.engram.config.TomlEdit;
import io.engram.config.ValueType;
import java.io.IOException;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Changes a setting in a file, if the node would start with it. */
@Command(
        name = "set",
        description = "Change one setting in the configuration file; comments stay. It takes effect at the next start.")
final class ConfigSetCommand implements Callable<Integer> {
    @Spec
    @Nullable
    CommandSpec spec;

    @Parameters(index = "0", paramLabel = "KEY", description = "Such as server.http_port.")
    String key = "";

    @Parameters(
            index = "1",
            paramLabel = "VALUE",
            description = "Its value; of a list, with commas. An empty text leaves out what may be left out.")
    String value = "";

    @Option(
            names = {"-f", "--file", "--config"},
            paramLabel = "FILE",
            description =
                    "The file to change; otherwise the one that start would use, or the first place where it would"
                            + " look.")
    @Nullable
    Path file;

    @Override
    public Integer call() throws IOException {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        var request = ConfigRequest.ofThisProcess("start");
        var target = target(request);
        var setting = ConfigKey.all().get(key);
        if (setting == null) {
            throw new CommandFailure(key + " is not a setting; engram config list shows all");
        }
        var text = Files.exists(target) ? Files.readString(target) : "";
        var changed = TomlEdit.set(text, setting, read(request, setting));
        var beside = besideOf(target);
        try {
            Files.writeString(beside, changed);
            var loaded = ConfigLoader.load(withInsteadOf(target, beside, request));
            keepMode(target, beside);
            move(beside, target);
            var out = spec.commandLine().getOut();
            out.println(target + ": " + key + " = " + setting.type().toToml(read(request, setting)));
            var source = loaded.setting(key).source();
            if (!(source instanceof Source.File)) {
                out.println("the " + source + " wins over the file: it stays "
                        + loaded.setting(key).value());
            }
            out.flush();
            return ExitCodes.OK;
        } catch (ConfigException e) {
            throw new ConfigException(e.problems().stream()
                    .map(each -> each.where().equals(beside.toString())
                            ? new ConfigProblem(target.toString(), each.key(), each.message())
                            : each)
                    .toList());
        } finally {
            Files.deleteIfExists(beside);
        }
    }

    private Path target(ConfigRequest request) {
        var named = file == null ? request : request.withFile(file);
        var files = ConfigLoader.files(named);
        return files.isEmpty() ? named.places().getFirst() : files.getLast();
    }

    /** All that start would read, with the changed file in its place. */
    private static ConfigRequest withInsteadOf(Path target, Path beside, ConfigRequest request) {
        var result = request;
        for (var each : ConfigLoader.files(request)) {
            if (!each.equals(target)) {
                result = result.withFile(each);
            }
        }
        return result.withFile(beside);
    }

    private Object read(ConfigRequest request, ConfigKey setting) {
        try {
            return setting.type().fromText(value, new ValueType.Places(request.home(), request.workingFolder()));
        } catch (ValueType.Refused e) {
            throw new ConfigException(
                    List.of(new ConfigProblem("the command line", key, "\"" + value + "\" must be " + e.getMessage())));
        }
    }

    private static Path besideOf(Path target) throws IOException {
        var folder = target.toAbsolutePath().getParent();
        if (folder == null) {
            throw new CommandFailure(target + " is not a file");
        }
        Files.createDirectories(folder);
        return Files.createTempFile(folder, ".engram-", ".toml");
    }

    /** Who could read the file before, and nobody else, can read it afterwards. */
    private static void keepMode(Path target, Path beside) throws IOException {
        if (Files.exists(target)) {
            Files.setPosixFilePermissions(beside, Files.getPosixFilePermissions(target));
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }
}
