package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The image as it is meant to be run. Takes minutes and needs Docker. */
@Tag("long")
class DockerImageTest {
    private static final String NAME = "engram-under-test";
    private static final String SECOND = "engram-under-test-2";
    private static final String VOLUME = "engram-under-test";

    @TempDir
    Path folder;

    @BeforeAll
    static void build() throws Exception {
        Docker.image();
    }

    @AfterEach
    void remove() throws Exception {
        Docker.remove(NAME, SECOND);
        Docker.removeVolumes(VOLUME);
    }

    private static void startWithVolume(String... flags) throws Exception {
        var all = new String[flags.length + 2];
        all[0] = "--volume";
        all[1] = VOLUME + ":/data";
        System.arraycopy(flags, 0, all, 2, flags.length);
        Docker.start(NAME, all);
    }

    private static void remember(String text) throws Exception {
        var result = Docker.client(NAME, "memory", "create", text, "--space", "home");
        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    private static String search(String text) throws Exception {
        return Docker.client(NAME, "memory", "search", text, "--space", "home").output();
    }

    @Test
    void the_basic_example_serves_keeps_what_it_acknowledged_through_a_kill_and_stops_in_time() throws Exception {
        startWithVolume("-p", "127.0.0.1::7432", "-p", "127.0.0.1::50051", "--memory=1g", "--pids-limit=200");
        Docker.awaitHealthy(NAME);
        assertThat(Docker.ok("ps", "--filter", "name=" + NAME)).contains("(healthy)", "->7432/tcp", "->50051/tcp");
        remember("Miso hides under the piano");

        // Not as process 1 of its own namespace, which would not hear it, but by the engine.
        Docker.ok("kill", NAME);
        Docker.awaitEnd(NAME);
        assertThat(Docker.exitCode(NAME)).isEqualTo(137);
        Docker.ok("start", NAME);
        Docker.awaitHealthy(NAME);
        assertThat(search("piano")).contains("Miso hides under the piano");

        Docker.ok("stop", "--time", "30", NAME);
        assertThat(Docker.exitCode(NAME)).isZero();
        assertThat(Docker.logs(NAME)).contains("shutdown complete");
    }

    @Test
    void the_standard_image_finds_by_meaning_with_its_table() throws Exception {
        startWithVolume("--memory=1g");
        Docker.awaitHealthy(NAME);
        assertThat(Docker.inspect(NAME, "{{.Config.Env}}")).contains("ENGRAM_EMBEDDING_PROVIDER=static");
        assertThat(Docker.client(NAME, "status").output()).contains("e5-small-v2-static-256@1 is ready");
        assertThat(Docker.logs(NAME)).contains("Embedding model e5-small-v2-static-256@1 is ready");
    }

    @Test
    void the_production_example_takes_its_name_its_settings_and_its_limits() throws Exception {
        var config = Files.createDirectory(folder.resolve("config"));
        Files.writeString(
                config.resolve("engram.toml"), "[memory_spaces]\ndefault_space = \"from-the-mounted-file\"\n");
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(config, PosixFilePermissions.fromString("rwxr-xr-x"));
        startWithVolume(
                "--hostname",
                "engram-primary",
                "-p",
                "127.0.0.1::7432",
                "--volume",
                config + ":/config:ro",
                "--security-opt",
                "apparmor:docker-default",
                "--memory=4g",
                "--memory-reservation=2g",
                "--cpus=2.0",
                "--restart=unless-stopped",
                "-e",
                "RUST_LOG=info",
                "-e",
                "RUST_BACKTRACE=1",
                "-e",
                "ENGRAM_CACHE_SIZE_MB=64",
                "-e",
                "MIMALLOC_LARGE_OS_PAGES=1",
                "--log-driver",
                "json-file",
                "--log-opt",
                "max-size=10m",
                "--log-opt",
                "max-file=3");
        Docker.awaitHealthy(NAME);
        assertThat(Docker.inspect(NAME, "{{.Config.Hostname}} {{.HostConfig.Memory}} {{.HostConfig.NanoCpus}}"))
                .isEqualTo("engram-primary 4294967296 2000000000");
        var stored = Docker.client(NAME, "memory", "create", "where does it go");
        assertThat(stored.exitCode()).as(stored.output()).isZero();
        assertThat(Docker.client(NAME, "memory", "search", "where", "--space", "from-the-mounted-file")
                        .output())
                .contains("where does it go");
        assertThat(Docker.ok("stats", "--no-stream", "--format", "{{.MemUsage}}", NAME))
                .contains("/ 4GiB");
        assertThat(Docker.ok("exec", NAME, "java", "-XX:+PrintFlagsFinal", "-XX:MaxRAMPercentage=50", "-version"))
                .containsPattern("MaxHeapSize +:?= 2147483648");
    }

    @Test
    void the_troubleshooting_commands_work_without_a_shell() throws Exception {
        startWithVolume("--memory=1g");
        Docker.awaitHealthy(NAME);
        assertThat(Docker.ok("top", NAME, "-o", "pid,uid,args")).contains("java", "65534");
        assertThat(Docker.ok(
                        "exec", NAME, "java", "-cp", "/opt/engram/probe", "io.engram.cli.HealthProbe", "/health/alive"))
                .contains("200");
        var status = Docker.client(NAME, "status");
        assertThat(status.exitCode()).as(status.output()).isZero();
        assertThat(Docker.logs(NAME)).containsPattern("started|ready");
        assertThat(Docker.inspect(NAME, "{{json .State.Health}}")).contains("\"ExitCode\":0");
        assertThat(Docker.run("exec", NAME, "sh").exitCode()).isNotZero();
    }

    @Test
    void nothing_is_unpacked_at_run_time_and_nothing_but_data_and_tmp_can_be_written() throws Exception {
        startWithVolume("--memory=1g");
        Docker.awaitHealthy(NAME);
        remember("one memory");
        assertThat(Docker.ok("diff", NAME)).doesNotContain(".so", "/opt");
        assertThat(Docker.logs(NAME)).doesNotContain("UnsatisfiedLinkError", "failed to map", "NoClassDefFoundError");
        assertThat(Docker.inspect(NAME, "{{.HostConfig.ReadonlyRootfs}} {{.Config.User}}"))
                .isEqualTo("true 65534:65534");
    }

    @Test
    void other_ports_are_set_by_a_variable_and_the_health_check_follows() throws Exception {
        startWithVolume("-p", "127.0.0.1::8432", "-e", "ENGRAM_HTTP_PORT=8432", "--memory=1g");
        Docker.awaitHealthy(NAME);
        assertThat(Docker.client(NAME, "status").exitCode()).isZero();
        assertThat(Docker.ok("exec", NAME, "java", "-cp", "/opt/engram/probe", "io.engram.cli.HealthProbe"))
                .contains("200");
    }

    @Test
    void a_port_that_is_in_use_is_told_in_one_line_and_is_no_success() throws Exception {
        startWithVolume("--memory=1g");
        Docker.awaitHealthy(NAME);
        var second = Docker.runToItsEnd(SECOND, "--network", "container:" + NAME, "--memory=1g");
        assertThat(second.exitCode()).as(second.output()).isEqualTo(1);
        assertThat(second.output().lines().filter(line -> line.contains("port 7432")))
                .as(second.output())
                .singleElement()
                .asString()
                .contains("in use");
        assertThat(second.output()).doesNotContain("\tat ");
    }

    @Test
    void a_data_folder_of_somebody_else_is_told_in_one_line_and_is_no_success() throws Exception {
        assumeThat(Files.getAttribute(folder, "unix:uid"))
                .as("SKIPPED: only root has folders that user 65534 may not write")
                .isEqualTo(0);
        var data = Files.createDirectory(folder.resolve("engram-data"));
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwxr-xr-x"));
        Files.setPosixFilePermissions(data, PosixFilePermissions.fromString("rwxr-xr-x"));
        var result = Docker.runToItsEnd(NAME, "--volume", data + ":/data", "--memory=1g");
        assertThat(result.exitCode()).as(result.output()).isEqualTo(1);
        assertThat(result.output()).contains("/data").doesNotContain("\tat ");
        Docker.remove(NAME);

        Files.setAttribute(data, "unix:uid", 65534);
        Files.setAttribute(data, "unix:gid", 65534);
        Docker.start(NAME, "--volume", data + ":/data", "--memory=1g");
        Docker.awaitHealthy(NAME);
    }

    @Test
    void a_setting_that_is_wrong_stops_it_with_a_reason_and_no_success() throws Exception {
        var result = Docker.runToItsEnd(NAME, "-e", "ENGRAM_HTTP_PORT=many");
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.output()).contains("server.http_port").contains("many");
    }

    @Test
    void too_little_memory_is_no_success() throws Exception {
        var result = Docker.runToItsEnd(NAME, "--memory=64m", "--memory-swap=64m");
        assertThat(result.exitCode()).as(result.output()).isNotIn(0, 143);
    }

    @Test
    void a_heap_that_is_too_small_is_told_in_one_line_and_is_no_success() throws Exception {
        var result = Docker.runToItsEnd(NAME, "--memory=1g", "-e", "JDK_JAVA_OPTIONS=-Xmx24m");
        assertThat(result.exitCode()).as(result.output()).isEqualTo(1);
        assertThat(result.output()).contains("and a node needs 64 to start");
    }
}
