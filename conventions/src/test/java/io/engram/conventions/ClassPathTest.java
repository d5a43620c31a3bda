package io.engram.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What the executable runs with. This module's class path is the executable's own and test libraries beside it, all
 * resolved under the same dependency management.
 */
class ClassPathTest {
    private static final Pattern JAR = Pattern.compile("(.+?)-(\\d[\\w.-]*?)(?:-(?:tests|linux-\\w+))?\\.jar");

    private static final String PEKKO = "1.7.0";
    private static final String PEKKO_HTTP = "1.3.0";
    private static final String PEKKO_GRPC = "1.1.1";

    private static final Map<String, String> PEKKO_BY_EXCEPTION = Map.of(
            "pekko-discovery", "1.2.1",
            "pekko-http", PEKKO_HTTP,
            "pekko-http-core", PEKKO_HTTP,
            "pekko-http-jackson", PEKKO_HTTP,
            "pekko-http-spray-json", PEKKO_HTTP,
            // Comes with the gRPC runtime, for browsers; no later one is published where this project builds.
            "pekko-http-cors", "1.1.0",
            "pekko-parsing", PEKKO_HTTP,
            "pekko-grpc-runtime", PEKKO_GRPC);

    private final SortedMap<String, TreeSet<String>> versions = versions(System.getProperty("java.class.path"));

    @Test
    void pekko_modules_have_one_version_but_for_the_known_exceptions() {
        assertThat(versions).containsKeys("pekko-actor_2.13", "pekko-discovery_2.13", "pekko-http_2.13");
        assertThat(unexpectedPekko(versions)).isEmpty();
    }

    @Test
    void a_foreign_pekko_version_is_noticed() {
        assertThat(unexpectedPekko(versions("a/pekko-actor_2.13-1.7.0.jar:b/pekko-stream_2.13-1.2.1.jar")))
                .containsExactly("pekko-stream_2.13 [1.2.1] instead of 1.7.0");
        assertThat(unexpectedPekko(versions("a/pekko-http_2.13-1.3.0.jar:b/pekko-http-xml_2.13-1.1.0.jar")))
                .containsExactly("pekko-http-xml_2.13 [1.1.0] instead of 1.7.0");
    }

    @Test
    void there_is_one_scala_library_and_one_binary_version() {
        assertThat(versions.get("scala-library")).hasSize(1);
        assertThat(versions.keySet()).noneMatch(name -> name.endsWith("_3") || name.endsWith("_2.12"));
    }

    @Test
    void leveldb_is_there_once() {
        assertThat(versions.keySet().stream().filter(name -> name.startsWith("leveldb")))
                .containsExactly("leveldbjni-all");
        assertThat(versions.get("leveldbjni-all")).hasSize(1);
    }

    @Test
    void jackson_has_one_version() {
        // The annotations follow a numbering of their own, without a patch number.
        var all = versions.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("jackson-"))
                .filter(entry -> !entry.getKey().equals("jackson-annotations"))
                .flatMap(entry -> entry.getValue().stream())
                .collect(Collectors.toSet());
        assertThat(all).hasSize(1);
        assertThat(versions.get("jackson-databind")).hasSize(1);
    }

    @Test
    void nothing_of_a_test_kit_is_shipped() {
        assertThat(versions.keySet())
                .noneMatch(name -> name.startsWith("scalatest")
                        || name.startsWith("scalactic")
                        || name.contains("testkit")
                        || name.contains("persistence-tck"));
    }

    @Test
    void the_only_logging_backend_is_logback() {
        assertThat(versions).containsKey("logback-classic");
        assertThat(versions.keySet())
                .doesNotContain("slf4j-simple", "slf4j-log4j12", "log4j-slf4j2-impl", "slf4j-jdk14", "log4j-core");
    }

    private static List<String> unexpectedPekko(SortedMap<String, TreeSet<String>> versions) {
        return versions.entrySet().stream()
                .filter(entry -> entry.getKey().startsWith("pekko-"))
                .flatMap(entry -> {
                    var name = entry.getKey().replaceFirst("_2\\.13$", "");
                    var expected = PEKKO_BY_EXCEPTION.getOrDefault(name, PEKKO);
                    return entry.getValue().equals(new TreeSet<>(List.of(expected)))
                            ? Stream.<String>of()
                            : Stream.of(entry.getKey() + " " + entry.getValue() + " instead of " + expected);
                })
                .toList();
    }

    private static SortedMap<String, TreeSet<String>> versions(String classPath) {
        var found = new TreeMap<String, TreeSet<String>>();
        for (var element : classPath.split(Pattern.quote(File.pathSeparator), -1)) {
            var name = Path.of(element).getFileName();
            var jar = name == null ? null : JAR.matcher(name.toString());
            if (jar != null && jar.matches()) {
                found.computeIfAbsent(jar.group(1), _ -> new TreeSet<>()).add(jar.group(2));
            }
        }
        return found;
    }
}
