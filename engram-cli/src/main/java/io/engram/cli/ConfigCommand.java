package io.engram.cli;

import io.engram.config.ConfigLoader;
import io.engram.config.ConfigRequest;
import io.engram.config.LoadedConfig;
import java.io.PrintWriter;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** The configuration that {@code start} would use here and now. */
@Command(
        name = "config",
        description = "Show the configuration that start would use, and change its file.",
        subcommands = {
            ConfigCommand.ListAll.class,
            ConfigCommand.Get.class,
            ConfigSetCommand.class,
            ConfigCommand.Effective.class,
            ConfigCommand.Where.class
        })
final class ConfigCommand {
    private ConfigCommand() {}

    private static LoadedConfig load(ServerOptions options) {
        return ConfigLoader.load(options.applyTo(ConfigRequest.ofThisProcess("start"), Optional.empty()));
    }

    private static PrintWriter out(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("not part of a command");
        }
        return spec.commandLine().getOut();
    }

    /** Lists settings. */
    @Command(name = "list", description = "List every setting with its value and where it came from.")
    static final class ListAll implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ServerOptions options = new ServerOptions();

        @Option(names = "--section", paramLabel = "NAME", description = "Only settings of this section.")
        @Nullable
        String section;

        @Option(names = "--json", description = "Print one JSON document instead of text.")
        boolean json;

        @Override
        public Integer call() {
            var loaded = load(options);
            var shown = loaded.settings().values().stream()
                    .filter(each -> section == null || each.key().path().startsWith(section + "."))
                    .toList();
            if (shown.isEmpty()) {
                throw new CommandFailure("there is no section " + section);
            }
            var out = out(spec);
            if (json) {
                var document = Api.JSON.createObjectNode();
                shown.forEach(each -> document.putObject(each.key().path())
                        .put("value", each.value())
                        .put("source", each.source().toString()));
                out.println(document);
            } else {
                shown.forEach(each -> out.printf("%s = %s  (%s)%n", each.key().path(), each.value(), each.source()));
            }
            out.flush();
            return ExitCodes.OK;
        }
    }

    /** Shows a setting. */
    @Command(name = "get", description = "Show one setting's value.")
    static final class Get implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ServerOptions options = new ServerOptions();

        @Parameters(paramLabel = "KEY", description = "Such as server.http_port.")
        String key = "";

        @Option(names = "--json", description = "Print one JSON document instead of text.")
        boolean json;

        @Override
        public Integer call() {
            var setting = load(options).settings().get(key);
            if (setting == null) {
                throw new CommandFailure(key + " is not a setting; engram config list shows all");
            }
            var out = out(spec);
            if (json) {
                out.println(Api.JSON
                        .createObjectNode()
                        .put("key", key)
                        .put("value", setting.value())
                        .put("source", setting.source().toString()));
            } else {
                out.println(setting.value());
            }
            out.flush();
            return ExitCodes.OK;
        }
    }

    /** Shows the whole as a file. */
    @Command(
            name = "effective",
            description = "Show all settings as one configuration file, each with where its value came from.")
    static final class Effective implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ServerOptions options = new ServerOptions();

        @Override
        public Integer call() {
            var out = out(spec);
            var section = "";
            for (var setting : load(options).settings().values()) {
                var path = setting.key().path();
                var dot = path.lastIndexOf('.');
                if (!path.substring(0, dot).equals(section)) {
                    out.print(section.isEmpty() ? "" : "\n");
                    section = path.substring(0, dot);
                    out.println("[" + section + "]");
                }
                out.printf("%s = %s # %s%n", path.substring(dot + 1), setting.toml(), setting.source());
            }
            out.flush();
            return ExitCodes.OK;
        }
    }

    /** Shows the file. */
    @Command(name = "path", description = "Show which file is used, or where one is looked for.")
    static final class Where implements Callable<Integer> {
        @Spec
        @Nullable
        CommandSpec spec;

        @Mixin
        ServerOptions options = new ServerOptions();

        @Option(names = "--json", description = "Print one JSON document instead of text.")
        boolean json;

        @Override
        public Integer call() {
            var request = options.applyTo(ConfigRequest.ofThisProcess("start"), Optional.empty());
            var files = ConfigLoader.load(request).files();
            var out = out(spec);
            if (json) {
                var document = Api.JSON.createObjectNode();
                document.put("file", files.isEmpty() ? null : files.getLast().toString());
                files.forEach(each -> document.withArray("files").add(each.toString()));
                var places = document.putArray("looked_for");
                request.places().forEach(path -> places.add(path.toString()));
                out.println(document);
            } else if (!files.isEmpty()) {
                files.forEach(out::println);
            } else {
                out.println("no file; looked for:");
                request.places().forEach(path -> out.println("  " + path));
            }
            out.flush();
            return ExitCodes.OK;
        }
    }
}
