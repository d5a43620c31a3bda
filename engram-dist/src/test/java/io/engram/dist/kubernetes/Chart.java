package io.engram.dist.kubernetes;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import com.marcnuri.helm.DryRun;
import com.marcnuri.helm.Helm;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The chart, and what Helm makes of it. Helm runs in this process, without a cluster, and takes itself for one of Kubernetes
 * 1.20: for that reason it gets a copy of the chart that does not say which version it needs, and the value kubeVersion says for
 * which one to write. In the copy the test's pod is no hook, since those are not shown, and nobody asks the cluster what is
 * there already; {@link UpgradeTest} tries that by itself.
 */
final class Chart {
    static final Path ROOT =
            Path.of(System.getProperty("engram.root", "..")).toAbsolutePath().normalize();
    static final Path FOLDER = ROOT.resolve("deployments/helm/engram");

    /** A version without anything that is newer than what the chart asks for, and one with all of it. */
    static final String OLDEST = "1.28.0";

    static final String NEWEST = "1.33.0";

    private static final String HOOK_POLICY = "helm.sh/hook-delete-policy";

    private static final YAMLMapper YAML = new YAMLMapper();
    private static final Path COPY = copy(false);

    /**
     * What was made.
     *
     * @param objects what is applied, in Helm's order
     * @param hooks what is applied for a test
     */
    record Rendered(List<ObjectNode> objects, List<ObjectNode> hooks) {
        /** All that Kubernetes gets. */
        List<ObjectNode> all() {
            return Stream.concat(objects.stream(), hooks.stream()).toList();
        }

        boolean has(String kind) {
            return objects.stream().anyMatch(each -> each.path("kind").asText().equals(kind));
        }

        /** The only object of a kind. */
        ObjectNode one(String kind) {
            var found = objects.stream()
                    .filter(each -> each.path("kind").asText().equals(kind))
                    .toList();
            if (found.size() != 1) {
                throw new AssertionError("there are " + found.size() + " of the kind " + kind);
            }
            return found.getFirst();
        }

        ObjectNode named(String kind, String name) {
            return objects.stream()
                    .filter(each -> each.path("kind").asText().equals(kind))
                    .filter(each -> each.at("/metadata/name").asText().equals(name))
                    .findFirst()
                    .orElseThrow(() -> new AssertionError("there is no " + kind + " " + name));
        }

        JsonNode pod() {
            return one("StatefulSet").at("/spec/template");
        }

        JsonNode container() {
            return pod().at("/spec/containers/0");
        }

        /** The node's configuration. */
        String configFile() {
            return one("ConfigMap").at("/data/engram.toml").asText();
        }
    }

    private Chart() {}

    /** What these values make of a release called engram, for the oldest version. */
    static Rendered render(String values) {
        return render("engram", "kubeVersion: " + OLDEST + "\n" + values);
    }

    /**
     * What these values make.
     *
     * @param values as YAML, each as if in a file of its own; later ones win over earlier ones
     * @throws IllegalStateException with Helm's text, if Helm refuses
     */
    static Rendered render(String release, String... values) {
        return withFiles(values, files -> {
            var command = new Helm(COPY).template().withName(release).withNamespace("engram");
            files.forEach(command::withValuesFile);
            var parts = objects(command.call()).stream()
                    .collect(Collectors.partitioningBy(
                            each -> each.at("/metadata/annotations").has(HOOK_POLICY)));
            return new Rendered(parts.getOrDefault(false, List.of()), parts.getOrDefault(true, List.of()));
        });
    }

    /** What Helm prints after it has installed a release called engram with these values. */
    static String notes(String values) {
        return withFiles(new String[] {values}, files -> {
            var command = new Helm(COPY)
                    .install()
                    .withName("engram")
                    .withNamespace("engram")
                    .clientOnly()
                    .dryRun()
                    .withDryRunOption(DryRun.CLIENT);
            files.forEach(command::withValuesFile);
            var output = command.call().getOutput();
            return output.substring(output.indexOf("NOTES:") + "NOTES:".length());
        });
    }

    private static <T> T withFiles(String[] values, Function<List<Path>, T> work) {
        var files = new ArrayList<Path>();
        try {
            for (var each : values) {
                var file = Files.createTempFile("engram-values-", ".yaml");
                files.add(file);
                Files.writeString(file, each);
            }
            return work.apply(files);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } finally {
            for (var file : files) {
                file.toFile().delete();
            }
        }
    }

    /** The documents of a text that are not empty. */
    static List<ObjectNode> objects(String yaml) {
        try (var documents = YAML.readerFor(JsonNode.class).<JsonNode>readValues(yaml)) {
            return documents.readAll().stream()
                    .filter(ObjectNode.class::isInstance)
                    .map(ObjectNode.class::cast)
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static JsonNode yaml(Path file) throws IOException {
        return YAML.readTree(Files.readString(file));
    }

    static JsonNode json(Path file) throws IOException {
        return new ObjectMapper().readTree(Files.readString(file));
    }

    /** A copy of the chart for Helm in this process; it may look into a cluster, or not. */
    static Path copy(boolean looksIntoCluster) {
        try {
            var copy = Files.createTempDirectory("engram-chart-").resolve("engram");
            try (var files = Files.walk(FOLDER)) {
                for (var file : files.toList()) {
                    var to = copy.resolve(FOLDER.relativize(file).toString());
                    if (Files.isDirectory(file)) {
                        Files.createDirectories(to);
                    } else {
                        Files.copy(file, to);
                    }
                    to.toFile().deleteOnExit();
                }
            }
            without(copy.resolve("Chart.yaml"), "(?m)^kubeVersion: .*$");
            if (!looksIntoCluster) {
                without(
                        copy.resolve("templates/statefulset.yaml"),
                        "(?m)^\\{\\{- include \"engram.checkUpgrade\" . }}$");
            }
            without(copy.resolve("templates/tests/test-engram.yaml"), "(?m)^ +helm.sh/hook: test$");
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void without(Path file, String line) throws IOException {
        var text = Files.readString(file);
        var shorter = text.replaceFirst(line, "");
        if (text.equals(shorter)) {
            throw new AssertionError(file + " has no line " + line);
        }
        Files.writeString(file, shorter);
    }
}
