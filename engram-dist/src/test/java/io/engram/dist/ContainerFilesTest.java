package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What can be said of the image without a container engine. */
class ContainerFilesTest {
    private static final String FOLDER = "deployments/docker/";
    private static final Pattern SET = Pattern.compile("(?m)^(?:ENV|   ) +([A-Z_]+)=(\\S+)");
    private static final Pattern EXEC = Pattern.compile("\"([^\"]*)\"");

    @Test
    void both_ways_to_build_it_make_the_same_image() throws Exception {
        var one = tail("Dockerfile");
        assertThat(one).hasSizeGreaterThan(10).isEqualTo(tail("Dockerfile.rootfs"));
    }

    @Test
    void the_last_stage_has_no_base_image() throws Exception {
        for (var file : List.of("Dockerfile", "Dockerfile.rootfs")) {
            assertThat(lines(file).filter(line -> line.startsWith("FROM ")).toList())
                    .last()
                    .isEqualTo("FROM scratch");
        }
    }

    @Test
    void commands_are_in_exec_form_so_that_signals_reach_java_and_no_shell_is_needed() throws Exception {
        var commands = tail("Dockerfile").stream()
                .map(String::strip)
                .filter(line -> line.startsWith("ENTRYPOINT") || line.startsWith("CMD"))
                .toList();
        assertThat(commands).hasSize(3).allMatch(line -> line.matches("(ENTRYPOINT|CMD) \\[\".*\"]"));
        assertThat(commands).filteredOn(line -> line.contains("start")).containsExactly("CMD [\"start\"]");
    }

    @Test
    void a_node_gets_the_launcher_s_flags_and_they_contradict_nothing() throws Exception {
        var entrypoint = exec("ENTRYPOINT");
        assertThat(entrypoint)
                .containsExactly(
                        "java",
                        "@/opt/engram/conf/jvm.options",
                        "@/opt/engram/conf/container.options",
                        "-jar",
                        "/opt/engram/engram-cli.jar");
        var needed = Checkout.options("conf/jvm.options");
        var more = Checkout.options(FOLDER + "container.options");
        assertThat(needed).isNotEmpty();
        assertThat(more)
                .as("those of conf/jvm.options live there and nowhere else")
                .doesNotContainAnyElementsOf(needed);
        var launcher = Checkout.text("bin/engram");
        assertThat(more).contains("-Xss512k");
        assertThat(launcher).contains("-Xss512k");
        // The virtual machine would end before anybody could say why; the node does it by itself.
        assertThat(more).doesNotContain("-XX:+ExitOnOutOfMemoryError");
        assertThat(launcher).doesNotContain("ExitOnOutOfMemoryError");
        assertThat(more)
                .as("the heap follows the container's limit")
                .anyMatch(flag -> flag.startsWith("-XX:MaxRAMPercentage="))
                .noneMatch(flag -> flag.startsWith("-Xmx"));
    }

    @Test
    void native_libraries_are_found_where_the_build_puts_them() throws Exception {
        var build = Checkout.text(FOLDER + "build-image");
        assertThat(build).contains("opt=$rootfs/opt/engram", "\"$opt/native/libleveldbjni.so\"");
        assertThat(Checkout.options(FOLDER + "container.options"))
                .contains(
                        "-Dlibrary.leveldbjni.path=/opt/engram/native", "-Donnxruntime.native.path=/opt/engram/native");
    }

    @Test
    void the_standard_image_embeds_with_the_table_that_the_build_puts_beside_them() throws Exception {
        for (var file : List.of("Dockerfile", "Dockerfile.rootfs")) {
            assertThat(lines(file).filter(line -> line.startsWith("ARG ENCODER=")))
                    .isNotEmpty()
                    .containsOnly("ARG ENCODER=static");
        }
        assertThat(Checkout.text(FOLDER + "build-image"))
                .contains("encoder=static class_data", "\"$work\"/table/*.table \"$opt/native/\"");
        assertThat(Checkout.text("conf/default.toml"))
                .contains("# Must be onnx, static or none. Environment: ENGRAM_EMBEDDING_PROVIDER.");
    }

    @Test
    void the_java_options_of_all_files_are_options_of_this_java() throws Exception {
        for (var file : List.of("container.options", "client.options")) {
            var command = new ArrayList<String>();
            command.add(System.getProperty("java.home") + "/bin/java");
            Checkout.options(FOLDER + file).stream()
                    .filter(option -> !option.startsWith("-jar") && !option.contains("SharedArchiveFile"))
                    .forEach(command::add);
            command.add("-version");
            var result = Checkout.run(60, command.toArray(String[]::new));
            assertThat(result.exitCode()).as(result.output()).isZero();
        }
    }

    @Test
    void each_variable_that_the_image_sets_is_one_that_a_node_reads() throws Exception {
        var known = Pattern.compile("\\bENGRAM_[A-Z0-9_]+\\b")
                .matcher(Checkout.text("conf/default.toml"))
                .results()
                .map(result -> result.group())
                .toList();
        var set = new ArrayList<String>();
        var matcher = SET.matcher(String.join("\n", tail("Dockerfile")));
        while (matcher.find()) {
            if (matcher.group(1).startsWith("ENGRAM_")) {
                set.add(matcher.group(1));
            }
        }
        assertThat(set).contains("ENGRAM_DATA_DIR", "ENGRAM_HTTP_BIND").isSubsetOf(known);
    }

    @Test
    void the_health_check_runs_a_class_that_the_build_puts_into_the_image() throws Exception {
        var check = exec("    CMD");
        assertThat(check).startsWith("java").endsWith("-cp", "/opt/engram/probe", "io.engram.cli.HealthProbe");
        assertThat(Class.forName(check.getLast()).getMethod("main", String[].class))
                .isNotNull();
        assertThat(Checkout.text(FOLDER + "build-image")).contains("/io/engram/cli/HealthProbe.class");
    }

    @Test
    void it_runs_as_nobody() throws Exception {
        assertThat(tail("Dockerfile")).contains("USER 65534:65534", "VOLUME /data", "EXPOSE 7432 50051");
    }

    private static List<String> exec(String instruction) throws IOException {
        var line = tail("Dockerfile").stream()
                .filter(each -> each.startsWith(instruction + " ["))
                .findFirst()
                .orElseThrow();
        return EXEC.matcher(line).results().map(result -> result.group(1)).toList();
    }

    /** What the image is told beside its files. */
    private static List<String> tail(String file) throws IOException {
        var all = lines(file).toList();
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).startsWith("# From here on as in ")) {
                return all.subList(i + 1, all.size());
            }
        }
        throw new AssertionError(file + " has no such line");
    }

    private static Stream<String> lines(String file) throws IOException {
        return Checkout.text(FOLDER + file).lines();
    }
}
