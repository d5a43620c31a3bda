package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Showing, changing and checking the configuration. */
class ConfigCommandsTest {
    private static final Path SHIPPED = Path.of(System.getProperty("engram.root"), "conf");

    @TempDir
    @SuppressWarnings("NullAway.Init")
    Path folder;

    @Test
    void configuration_errors_are_listed() throws Exception {
        var file = Files.writeString(folder.resolve("engram.toml"), "[server]\nhtp_port = 1\nhttp_port = 99999\n");
        for (var command : new String[][] {{"start"}, {"dev"}, {"config", "list"}}) {
            var arguments = new ArrayList<>(Arrays.asList(command));
            arguments.addAll(List.of("--config", file.toString()));
            var said = Said.by(arguments.toArray(String[]::new));
            assertThat(said.exitCode()).isEqualTo(1);
            assertThat(said.err()).contains("did you mean server.http_port?").contains("0 to 65535");
        }
        var checked = Said.by("validate", "config", "--file", file.toString());
        assertThat(checked.exitCode()).isEqualTo(1);
        assertThat(checked.out()).contains("[ERROR]").contains("2 errors");
    }

    @Test
    void config_shows_values_and_their_sources() throws Exception {
        var file = Files.writeString(folder.resolve("engram.toml"), "[server]\nhttp_port = 1234\n");
        assertThat(Said.by("config", "get", "server.http_port", "--config", file.toString())
                        .out())
                .isEqualTo("1234\n");
        assertThat(Said.by("config", "path", "--config", file.toString()).out()).isEqualTo(file + "\n");
        var list = Said.by("config", "list", "--json", "--config", file.toString(), "-p", "0")
                .json();
        assertThat(list.path("server.http_port").path("value").asText()).isEqualTo("0");
        assertThat(list.path("server.http_port").path("source").asText()).isEqualTo("flag --http-port");
        assertThat(Said.by("validate", "config", "--file", file.toString()).exitCode())
                .isZero();
    }

    @Test
    void several_files_are_laid_one_over_the_other() throws Exception {
        var below = Files.writeString(folder.resolve("a.toml"), "[server]\nhttp_port = 1\ngrpc_port = 2\n");
        var above = Files.writeString(folder.resolve("b.toml"), "[server]\nhttp_port = 3\n");
        var both = new String[] {"--config", below.toString(), "--config", above.toString()};
        var said = Said.by("config", "list", "--json", "--section", "server", both[0], both[1], both[2], both[3])
                .json();
        assertThat(said.at("/server.http_port/value").asText()).isEqualTo("3");
        assertThat(said.at("/server.grpc_port/value").asText()).isEqualTo("2");
        assertThat(said.at("/server.grpc_port/source").asText()).isEqualTo(below.toString());
        assertThat(Said.by("config", "path", both[0], both[1], both[2], both[3]).out())
                .isEqualTo(below + "\n" + above + "\n");
    }

    @Test
    void set_changes_the_file_and_keeps_its_comments_and_its_mode() throws Exception {
        var file = Files.writeString(folder.resolve("engram.toml"), "# mine\n[server]\nhttp_port = 1234 # why\n");
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
        var said = Said.by("config", "set", "server.http_port", "4321", "--file", file.toString());
        assertThat(said.exitCode()).as(said.err()).isZero();
        assertThat(said.out()).isEqualTo(file + ": server.http_port = 4321\n");
        assertThat(file).hasContent("# mine\n[server]\nhttp_port = 4321 # why\n");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("rw-r-----");
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void set_makes_the_file_where_there_is_none() throws Exception {
        var file = folder.resolve("new/engram.toml");
        assertThat(Said.by("config", "set", "limits.bulk_items", "10", "--file", file.toString())
                        .exitCode())
                .isZero();
        assertThat(file).hasContent("[limits]\nbulk_items = 10\n");
    }

    @Test
    void set_leaves_the_file_alone_when_the_node_would_not_start_with_it() throws Exception {
        var text = "[server]\nhttp_port = 1234\n";
        var file = Files.writeString(folder.resolve("engram.toml"), text);
        var wrong = new String[][] {
            {"server.http_prot", "1"},
            {"server.http_port", "many"},
            {"security.auth_mode", "api_key"},
            {"persistence.queue_bytes", "1MiB"}
        };
        for (var each : wrong) {
            var said = Said.by("config", "set", each[0], each[1], "--file", file.toString());
            assertThat(said.exitCode()).as(each[0]).isEqualTo(1);
            assertThat(said.err()).contains(each[0]).doesNotContain(".engram-");
            assertThat(file).hasContent(text);
        }
        try (var files = Files.list(folder)) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void the_effective_configuration_is_a_configuration() throws Exception {
        var said = Said.by("config", "effective", "--set", "server.http_port=5");
        assertThat(said.out()).contains("[cluster.network]").contains("http_port = 5 # flag --set");
        var file = Files.writeString(folder.resolve("effective.toml"), said.out());
        var again = Said.by("config", "effective", "--config", file.toString());
        assertThat(again.exitCode()).as(again.err()).isZero();
        assertThat(again.out().replaceAll(" # .*", "")).isEqualTo(said.out().replaceAll(" # .*", ""));
    }

    @Test
    void the_shipped_files_can_be_used() {
        for (var name : List.of("default.toml", "cluster.toml", "production.toml")) {
            var said = Said.by(
                    "validate", "config", "--file", SHIPPED.resolve(name).toString());
            assertThat(said.exitCode()).as(name + said.out()).isZero();
        }
        var production = Said.by(
                "validate",
                "config",
                "--deployment",
                "production",
                "--file",
                SHIPPED.resolve("production.toml").toString());
        assertThat(production.exitCode()).isZero();
        assertThat(production.out())
                .contains("[PASS]", "[INFO] one node with one copy")
                .contains("0 errors, 0 warnings");
    }

    @Test
    void advice_depends_on_what_the_node_is_for() {
        var risky = new String[] {
            "--set",
            "persistence.data_root=/tmp/x",
            "--set",
            "persistence.min_free_bytes=0",
            "--set",
            "server.shutdown_from=anywhere",
            "--set",
            "server.http_bind=0.0.0.0",
            "--set",
            "logging.level=debug"
        };
        assertThat(advice("dev", risky).out())
                .contains("0 errors, 0 warnings")
                .contains("[INFO] persistence.data_root");
        assertThat(advice("staging", risky).out()).contains("0 errors, 5 warnings");
        var production = advice("production", risky);
        assertThat(production.exitCode()).isEqualTo(1);
        assertThat(production.out())
                .contains("3 errors, 2 warnings")
                .contains("[ERROR] persistence.data_root is /tmp/x")
                .contains("[ERROR] server.shutdown_from")
                .contains("[WARN] server.http_bind");
        assertThat(Said.by("validate", "config", "--deployment", "holiday").exitCode())
                .isEqualTo(2);
    }

    private static Said advice(String deployment, String... more) {
        var arguments = new ArrayList<>(List.of("validate", "config", "--deployment", deployment));
        arguments.addAll(Arrays.asList(more));
        return Said.by(arguments.toArray(String[]::new));
    }

    @Test
    void a_deployment_is_checked_against_the_machine() throws Exception {
        var good = Said.by(
                "validate",
                "deployment",
                "-e",
                "dev",
                "--data-dir",
                folder.resolve("a/b").toString(),
                "-p",
                "0",
                "-g",
                "0");
        assertThat(good.exitCode()).as(good.out()).isZero();
        assertThat(good.out())
                .contains("can be written")
                .contains("the ports are free")
                .contains("MiB left");
        assertThat(folder.resolve("a")).doesNotExist();

        try (var taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            var file = Files.writeString(folder.resolve("file"), "");
            var bad = Said.by(
                    "validate",
                    "deployment",
                    "--data-dir",
                    file.resolve("data").toString(),
                    "-p",
                    String.valueOf(taken.getLocalPort()));
            assertThat(bad.exitCode()).isEqualTo(1);
            assertThat(bad.out())
                    .contains("[ERROR] HTTP port " + taken.getLocalPort())
                    .contains("is not a folder");
        }
    }
}
