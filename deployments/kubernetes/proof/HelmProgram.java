import com.marcnuri.helm.Helm;
import com.marcnuri.helm.Release;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Helm's own commands, as far as its Java binding has them, for machines without the helm program: lint, install, upgrade,
 * uninstall, list, status and test, with Helm's options. There is no rollback and no history in the binding. The cluster is that
 * of KUBECONFIG.
 */
@Command(name = "helm", mixinStandardHelpOptions = true)
public final class HelmProgram {
    private static final Path CONFIGURATION = Path.of(System.getenv("KUBECONFIG"));

    @Option(
            names = {"-n", "--namespace"},
            scope = CommandLine.ScopeType.INHERIT)
    private String namespace = "default";

    /** What install and upgrade have in common. */
    private static final class Values {
        @Parameters(index = "0")
        private String release;

        @Parameters(index = "1")
        private Path chart;

        @Option(names = {"-f", "--values"})
        private List<Path> files = List.of();

        @Option(names = "--set")
        private Map<String, String> set = Map.of();

        @Option(names = "--create-namespace")
        private boolean createNamespace;

        @Option(names = "--wait")
        private boolean wait;

        @Option(names = "--timeout")
        private String timeout = "5m";
    }

    /** Of a time as Helm is told it, such as 300s or 5m. */
    private static int seconds(String time) {
        return Math.toIntExact(
                Duration.parse("PT" + time.toUpperCase(Locale.ROOT)).toSeconds());
    }

    private static int print(Release release) {
        System.out.printf("%s revision %s %s%n", release.getName(), release.getRevision(), release.getStatus());
        return 0;
    }

    @Command(name = "install")
    int install(@CommandLine.Mixin Values values) {
        var command = new Helm(values.chart)
                .install()
                .withKubeConfig(CONFIGURATION)
                .withName(values.release)
                .withNamespace(namespace)
                .withTimeout(seconds(values.timeout));
        values.files.forEach(command::withValuesFile);
        values.set.forEach(command::set);
        if (values.createNamespace) {
            command.createNamespace();
        }
        if (values.wait) {
            command.waitReady();
        }
        return print(command.call());
    }

    @Command(name = "upgrade")
    int upgrade(@CommandLine.Mixin Values values, @Option(names = {"-i", "--install"}) boolean install) {
        // The binding's own way for both forgets the values when it installs.
        if (install && find(values.release).isEmpty()) {
            return install(values);
        }
        var command = new Helm(values.chart)
                .upgrade()
                .withKubeConfig(CONFIGURATION)
                .withName(values.release)
                .withNamespace(namespace)
                .withTimeout(seconds(values.timeout));
        values.files.forEach(command::withValuesFile);
        values.set.forEach(command::set);
        if (values.createNamespace) {
            command.createNamespace();
        }
        if (values.wait) {
            command.waitReady();
        }
        return print(command.call());
    }

    @Command(name = "uninstall")
    int uninstall(@Parameters String release, @Option(names = "--wait") boolean wait) {
        System.out.println(Helm.uninstall(release)
                .withKubeConfig(CONFIGURATION)
                .withNamespace(namespace)
                .call());
        return 0;
    }

    @Command(name = "lint")
    int lint(@Parameters Path chart) {
        var result = new Helm(chart).lint().strict().call();
        result.getMessages().forEach(System.out::println);
        return result.isFailed() ? 1 : 0;
    }

    @Command(name = "status")
    int status(@Parameters String release) {
        return find(release).map(HelmProgram::print).orElse(1);
    }

    private Optional<Release> find(String release) {
        return Helm.list().withKubeConfig(CONFIGURATION).withNamespace(namespace).call().stream()
                .filter(each -> each.getName().equals(release))
                .findFirst();
    }

    @Command(name = "list")
    int list() {
        Helm.list()
                .withKubeConfig(CONFIGURATION)
                .withNamespace(namespace)
                .call()
                .forEach(HelmProgram::print);
        return 0;
    }

    @Command(name = "test")
    int test(@Parameters String release, @Option(names = "--timeout", defaultValue = "5m") String timeout) {
        return print(Helm.test(release)
                .withKubeConfig(CONFIGURATION)
                .withNamespace(namespace)
                .withTimeout(seconds(timeout))
                .call());
    }

    /**
     * Runs one command.
     *
     * @param arguments the command's name, its options and what it is about
     */
    public static void main(String[] arguments) {
        var line = new CommandLine(new HelmProgram());
        line.setExecutionExceptionHandler((failure, command, parsed) -> {
            System.err.println("Error: " + failure.getMessage());
            return 1;
        });
        System.exit(line.execute(arguments));
    }
}
