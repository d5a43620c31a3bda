package io.engram.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.engram.config.EngramConfig.EmbeddingProvider;
import io.engram.config.EngramConfig.LogFormat;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ConfigLoaderTest {
    @TempDir
    Path folder;

    /** A request in an empty world. */
    static ConfigRequest nothing() {
        return ConfigRequest.ofThisProcess("start")
                .withEnvironment(Map.of())
                .withSystemPlaces(List.of())
                .withFolders(Path.of("/nowhere"), Path.of("/somewhere"));
    }

    private ConfigRequest withFile(String toml) throws Exception {
        return nothing().withFile(Files.writeString(folder.resolve("engram.toml"), toml));
    }

    private static ConfigRequest withVariable(String name, String value) {
        return nothing().withEnvironment(Map.of(name, value));
    }

    private static List<ConfigProblem> problems(ConfigRequest request) {
        return catchThrowableOfType(ConfigException.class, () -> ConfigLoader.load(request))
                .problems();
    }

    @Test
    void each_source_wins_over_those_before_it() throws Exception {
        var command = nothing().withDefault("server.http_port", "1001");
        assertThat(port(command)).isEqualTo(1001);
        var file = command.withFile(Files.writeString(folder.resolve("engram.toml"), "[server]\nhttp_port = 1002\n"));
        assertThat(port(file)).isEqualTo(1002);
        var environment = file.withEnvironment(Map.of("ENGRAM_HTTP_PORT", "1003"));
        assertThat(port(environment)).isEqualTo(1003);
        var flag = environment.withFlag("--port", "server.http_port", "1004");
        assertThat(port(flag)).isEqualTo(1004);
        assertThat(port(flag.withFlag("--set", "server.http_port", "1005"))).isEqualTo(1005);
    }

    private static int port(ConfigRequest request) {
        return ConfigLoader.load(request).config().server().httpPort();
    }

    @Test
    void each_value_knows_its_source() throws Exception {
        var loaded = ConfigLoader.load(withFile("[server]\nhttp_port = 1002\nhttp_bind = \"0.0.0.0\"\n")
                .withEnvironment(Map.of("ENGRAM_DATA_DIR", "/data"))
                .withDefault("logging.level", "debug")
                .withFlag("--grpc-port", "server.grpc_port", "0"));
        var file = folder.resolve("engram.toml");
        assertThat(loaded.file()).contains(file);
        assertThat(source(loaded, "server.http_port")).isEqualTo(new Source.File(file));
        assertThat(source(loaded, "persistence.data_root")).isEqualTo(new Source.Environment("ENGRAM_DATA_DIR"));
        assertThat(source(loaded, "logging.level")).isEqualTo(new Source.Command("start"));
        assertThat(source(loaded, "server.grpc_port")).isEqualTo(new Source.CommandLine("--grpc-port"));
        assertThat(source(loaded, "limits.content_bytes")).isEqualTo(new Source.Default());
        assertThat(loaded.config().server().grpcHost()).isEqualTo("0.0.0.0");
    }

    private static Source source(LoadedConfig loaded, String path) {
        return loaded.setting(path).source();
    }

    @TestFactory
    Stream<DynamicTest> every_setting_can_be_set_by_each_of_its_variables_and_by_a_file() {
        var defaults = ConfigLoader.load(nothing());
        return ConfigKey.all().values().stream().flatMap(key -> {
            var text = defaults.setting(key.path()).value().isEmpty()
                    ? anyTextFor(key.path())
                    : defaults.setting(key.path()).value();
            return key.variables().stream()
                    .map(variable -> DynamicTest.dynamicTest(variable, () -> {
                        var setting =
                                ConfigLoader.load(withVariable(variable, text)).setting(key.path());
                        assertThat(setting.source()).isEqualTo(new Source.Environment(variable));
                        assertThat(setting.value()).isEqualTo(text);
                    }));
        });
    }

    private static String anyTextFor(String path) {
        return path.endsWith("seed_nodes") || path.endsWith("advertise_addr")
                ? "node-1:7946"
                : path.endsWith("_bind") || path.endsWith("_ip") ? "::1" : path.endsWith("node_id") ? "node-7" : "/x";
    }

    @Test
    void everything_that_is_wrong_is_said_at_once() throws Exception {
        var problems = problems(withFile("""
            [server]
            htp_port = 1
            http_bind = "0.0.0.0:80"
            [persistance]
            snapshot_every = 10
            [limits]
            content_bytes = "many"
            """)
                .withEnvironment(Map.of("ENGRAM_GRPC_PORT", "70000"))
                .withFlag("--set", "logging.format", "xml"));
        var file = folder.resolve("engram.toml").toString();
        assertThat(problems.stream().map(ConfigProblem::toString))
                .containsExactly(
                        file + ": server.htp_port: is not a setting; did you mean server.http_port?",
                        file
                                + ": server.http_bind: \"0.0.0.0:80\" must be an IP address or a host name, without a"
                                + " port",
                        file + ": persistance: is not a setting; did you mean persistence?",
                        file
                                + ": limits.content_bytes: \"many\" must be a size from 1 to 64MiB, such as 4096 or"
                                + " \"2MiB\"",
                        "environment variable ENGRAM_GRPC_PORT: server.grpc_port: \"70000\" must be a whole number"
                                + " from 0 to 65535",
                        "flag --set: logging.format: \"xml\" must be auto, text or json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "[server]\nhttp_port = \"7432\"",
                "[server]\nhttp_port = 7432.5",
                "[server]\nhttp_port = 99999999999999999999",
                "[server]\nhttp_port = -1",
                "[server]\nhttp_port = true",
                "[server]\nrequest_timeout = 30",
                "[server]\nrequest_timeout = \"30\"",
                "[server]\nrequest_timeout = \"1 fortnight\"",
                "[server]\nrequest_timeout = \"999999999999d 999999999999d\"",
                "[server]\nshutdown_timeout = \"31s\"",
                "[server]\nmax_body_bytes = \"2 elephants\"",
                "[server]\nmax_body_bytes = \"999999999999GiB\"",
                "[cluster]\nenabled = \"false\"",
                "[cluster.partition]\nmajority_threshold = nan",
                "[memory_spaces]\nbootstrap_spaces = [\"ok-space\", \"../etc\"]",
                "[memory_spaces]\nbootstrap_spaces = \"default\"",
                "[memory_spaces]\ndefault_space = \"De\u0301fault\"",
                "server = 5",
                "[server.http_port]\nx = 1"
            })
    void a_value_of_the_wrong_kind_is_refused(String toml) throws Exception {
        assertThat(problems(withFile(toml))).hasSize(1);
    }

    @ParameterizedTest
    @ValueSource(strings = {"[server", "a = ", "[server]\nhttp_port = 1\nhttp_port = 2", "\u0000"})
    void text_that_is_no_toml_is_refused_with_its_place(String toml) throws Exception {
        assertThat(problems(withFile(toml)))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.toString()).contains("engram.toml").contains("is not valid TOML"));
    }

    @Test
    void a_file_that_is_named_must_be_there() {
        assertThat(problems(nothing().withFile(folder.resolve("gone.toml"))))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).isEqualTo("does not exist"));
        assertThat(problems(withVariable("ENGRAM_CONFIG", "gone.toml")))
                .singleElement()
                .satisfies(problem -> assertThat(problem.where()).isEqualTo("/somewhere/gone.toml"));
    }

    @Test
    void the_first_file_that_is_found_is_taken() throws Exception {
        var home = Files.createDirectories(folder.resolve("home"));
        var system = Files.writeString(folder.resolve("system.toml"), "[server]\nhttp_port = 1\n");
        var request =
                nothing().withFolders(home, folder).withSystemPlaces(List.of(folder.resolve("none.toml"), system));
        assertThat(port(request)).isEqualTo(1);
        Files.createDirectories(home.resolve(".config/engram"));
        Files.writeString(home.resolve(".config/engram/config.toml"), "[server]\nhttp_port = 2\n");
        assertThat(port(request)).isEqualTo(2);
        var xdg = Files.createDirectories(folder.resolve("xdg/engram"));
        Files.writeString(xdg.resolve("config.toml"), "[server]\nhttp_port = 3\n");
        assertThat(port(request.withEnvironment(
                        Map.of("XDG_CONFIG_HOME", folder.resolve("xdg").toString()))))
                .isEqualTo(3);
    }

    @Test
    void a_container_s_mount_is_looked_at_before_the_machine_s_own_folder() {
        assertThat(ConfigRequest.ofThisProcess("start").places().stream().map(Path::toString))
                .containsSubsequence("/config/engram.toml", "/config/config.toml", "/etc/engram/engram.toml");
    }

    @Test
    void settings_for_experts_lie_beside_the_file() throws Exception {
        var request = withFile("");
        assertThat(ConfigLoader.load(request).pekkoFile()).isEmpty();
        var expert = Files.writeString(folder.resolve("pekko.conf"), "");
        assertThat(ConfigLoader.load(request).pekkoFile()).contains(expert);
    }

    @ParameterizedTest
    @CsvSource({
        "security.auth_mode, api_key, cannot check keys",
        "security.rate_limiting, true, no rate limits",
        "retrieval.fusion, rrf, fusion=rrf"
    })
    void what_is_not_there_yet_is_refused(String key, String value, String reason) {
        assertThat(problems(nothing().withFlag("--set", key, value)))
                .singleElement()
                .satisfies(problem ->
                        assertThat(problem.message()).contains(reason).contains("this version"));
    }

    @ParameterizedTest
    @CsvSource({
        "cluster.discovery.type, consul, dns",
        "cluster.discovery.addr, consul:8500, cluster.discovery.service",
        "cluster.discovery.service_name, engram, cluster.discovery.service",
        "cluster.discovery.tag, v1, cluster.discovery.service",
        "cluster.swim.ack_timeout, 1s, cluster.swim.suspicion_timeout",
        "cluster.swim.indirect_probes, 4, watched by several others",
        "cluster.swim.gossip_batch, 7, not sent in batches",
        "router.connection_pool_size, 8, one connection",
        "router.max_retries, 7, until its time is up",
        "router.circuit_breaker_failure_threshold, 9, membership",
        "router.circuit_breaker_reset_ms, 9, membership",
        "router.replica_fallback_enabled, false, another one leads",
        "router.replica_fallback_lag_sequences, 7, lacks nothing",
        "router.default_read_strategy, primary_only, strict",
        "cluster.replication.io_uring_enabled, true, io_uring",
        "cluster.network.api_bind, 0.0.0.0:50052, server.grpc_bind",
        "cluster.network.connection_pool_size, 8, one connection",
        "cluster.partition.majority_threshold, 0.5, more than half",
        "cluster.partition.detection_window, 5s, cluster.swim.suspicion_timeout",
        "cluster.partition.check_interval, 5s, cluster.swim.ping_interval"
    })
    void in_a_cluster_what_has_no_meaning_is_refused_with_what_does(String key, String value, String reason) {
        assertThat(problems(cluster().withFlag("--set", key, value)))
                .singleElement()
                .satisfies(
                        problem -> assertThat(problem.toString()).contains(key).contains(reason));
        var alone = nothing().withFlag("--set", key, value);
        assertThat(ConfigLoader.load(alone).config().cluster().enabled()).isFalse();
    }

    @ParameterizedTest
    @CsvSource({
        "cluster.discovery.seed_nodes, '', at least one node",
        "cluster.discovery.type, dns, name to look up",
        "cluster.discovery.type, dns, bootstrap_expect",
        "cluster.discovery.type, kubernetes, bootstrap_expect",
        "cluster.swim.ping_interval, 1001ms, at least twice",
        "cluster.network.max_message_size, 1MiB, catch_up_batch_bytes"
    })
    void a_cluster_must_be_able_to_form(String key, String value, String reason) {
        assertThat(problems(cluster().withFlag("--set", key, value)))
                .anySatisfy(problem -> assertThat(problem.toString()).contains(reason));
    }

    @Test
    void one_node_that_founds_a_cluster_needs_no_seeds() {
        var request = nothing()
                .withEnvironment(Map.of("ENGRAM_CLUSTER_ENABLED", "true", "ENGRAM_CLUSTER_BOOTSTRAP_EXPECT", "1"));
        assertThat(ConfigLoader.load(request).config().cluster().bootstrapExpect())
                .isOne();
    }

    @Test
    void a_cluster_is_set_up_by_variables() {
        var cluster = ConfigLoader.load(nothing()
                        .withEnvironment(Map.of(
                                "ENGRAM_CLUSTER_ENABLED", "true",
                                "ENGRAM_CLUSTER_SEEDS", "node-1:7946, [fd00::2]:7946",
                                "ENGRAM_CLUSTER_NODE_ID", "node-1",
                                "ENGRAM_NODE_ID", "node-1",
                                "ENGRAM_POD_IP", "10.0.0.5",
                                "ENGRAM_CLUSTER_ADVERTISE_ADDR", "10.0.0.5")))
                .config()
                .cluster();
        assertThat(cluster.discovery().seedNodes()).containsExactly("node-1:7946", "[fd00::2]:7946");
        assertThat(cluster.nodeId()).contains("node-1");
        assertThat(cluster.network().podIp()).contains("10.0.0.5");
        assertThat(cluster.network().advertiseAddr()).contains("10.0.0.5");
    }

    private static ConfigRequest cluster() {
        return nothing()
                .withEnvironment(Map.of("ENGRAM_CLUSTER_ENABLED", "true", "ENGRAM_CLUSTER_SEEDS", "node-1:7946"));
    }

    @Test
    void unknown_variables_are_mentioned_but_stop_nothing() {
        var loaded = ConfigLoader.load(nothing()
                .withEnvironment(Map.of(
                        "ENGRAM_HTP_PORT", "1",
                        "ENGRAM_SERVICE_HOST", "10.0.0.1",
                        "ENGRAM_SERVICE_PORT_HTTP", "7432",
                        "ENGRAM_PORT", "tcp://10.0.0.1:7432",
                        "ENGRAM_PORT_7432_TCP_ADDR", "10.0.0.1",
                        "ENGRAM_HEADLESS_PORT", "tcp://10.0.0.1:7432",
                        "MIMALLOC_LARGE_OS_PAGES", "1",
                        "RUST_BACKTRACE", "full",
                        "ENGRAM_PID_PATH", "/x")));
        assertThat(loaded.warnings())
                .containsExactly("environment variable ENGRAM_HTP_PORT is not known and ignored; did you mean"
                        + " ENGRAM_HTTP_PORT?");
    }

    @Test
    void the_queue_must_hold_a_batch() {
        assertThat(problems(nothing().withFlag("--set", "persistence.queue_bytes", "1MiB")))
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString())
                        .isEqualTo("flag --set: persistence.queue_bytes: must not be less than"
                                + " persistence.max_batch_bytes, which is 8MiB"));
    }

    @Test
    void an_empty_variable_counts_as_unset() {
        assertThat(port(withVariable("ENGRAM_HTTP_PORT", " "))).isEqualTo(7432);
    }

    @Test
    void two_variables_for_one_setting_must_agree() {
        assertThat(port(nothing().withEnvironment(Map.of("ENGRAM_HTTP_PORT", "80", "ENGRAM_SERVER_HTTP_PORT", "80"))))
                .isEqualTo(80);
        assertThat(problems(
                        nothing().withEnvironment(Map.of("ENGRAM_HTTP_PORT", "80", "ENGRAM_SERVER_HTTP_PORT", "81"))))
                .singleElement()
                .satisfies(problem -> assertThat(problem.message()).contains("set one of them"));
    }

    @Test
    void rust_log_takes_levels_and_targets_and_mentions_the_rest() {
        var loaded =
                ConfigLoader.load(withVariable("RUST_LOG", "warn,io::engram::space=debug,[span{x}]=trace,nonsense"));
        assertThat(loaded.config().logging().level())
                .isEqualTo(new LogLevels(LogLevel.WARN, Map.of("io.engram.space", LogLevel.DEBUG)));
        assertThat(loaded.warnings()).hasSize(2).allMatch(warning -> warning.startsWith("RUST_LOG: "));
    }

    @Test
    void our_own_loggers_have_a_short_name() {
        assertThat(ConfigLoader.load(withVariable("ENGRAM_LOG", "info,engram::journal=debug,engramx=warn"))
                        .config()
                        .logging()
                        .level()
                        .targets())
                .isEqualTo(Map.of("io.engram.journal", LogLevel.DEBUG, "engramx", LogLevel.WARN));
    }

    @Test
    void variables_that_others_read_yield_to_our_own_and_those_of_other_programs_are_noted() {
        var loaded = ConfigLoader.load(nothing()
                .withEnvironment(Map.of(
                        "RUST_LOG", "debug",
                        "ENGRAM_LOG", "warn",
                        "RUST_BACKTRACE", "1",
                        "MIMALLOC_LARGE_OS_PAGES", "1",
                        "MIMALLOC_USE_NUMA_NODES", "4")));
        assertThat(loaded.config().logging().level().root()).isEqualTo(LogLevel.WARN);
        assertThat(loaded.config().logging().backtrace()).isEqualTo(EngramConfig.Backtrace.SHORT);
        assertThat(loaded.warnings()).isEmpty();
        assertThat(loaded.notes()).hasSize(2);
        assertThat(loaded.notes().toString())
                .contains("ENGRAM_LOG is \"warn\", and RUST_LOG is not looked at")
                .contains("MIMALLOC_LARGE_OS_PAGES, MIMALLOC_USE_NUMA_NODES");
        assertThat(problems(nothing().withEnvironment(Map.of("ENGRAM_LOG", "warn", "ENGRAM_LOGGING_LEVEL", "info"))))
                .singleElement()
                .satisfies(problem -> assertThat(problem.toString()).contains("set one of them"));
    }

    @Test
    void the_environment_may_name_several_files() throws Exception {
        var below = Files.writeString(folder.resolve("a.toml"), "[server]\nhttp_port = 1\ngrpc_port = 2\n");
        var above = Files.writeString(folder.resolve("b.toml"), "[server]\nhttp_port = 3\n");
        var loaded = ConfigLoader.load(withVariable("ENGRAM_CONFIG", below + ":" + above));
        assertThat(loaded.files()).containsExactly(below, above);
        assertThat(loaded.config().server().httpPort()).isEqualTo(3);
        assertThat(loaded.config().server().grpcPort()).isEqualTo(2);
    }

    @Test
    void paths_start_at_home_or_the_working_folder() {
        assertThat(dataRoot(nothing())).isEqualTo(Path.of("/nowhere/.local/share/engram"));
        assertThat(dataRoot(withVariable("ENGRAM_DATA_DIR", "./engram-data")))
                .isEqualTo(Path.of("/somewhere/engram-data"));
        assertThat(dataRoot(withVariable("ENGRAM_DATA_DIR", "/data/"))).isEqualTo(Path.of("/data"));
    }

    private static Path dataRoot(ConfigRequest request) {
        return ConfigLoader.load(request).config().persistence().dataRoot();
    }

    @Test
    void all_types_are_read_from_a_file() throws Exception {
        var config = ConfigLoader.load(withFile("""
            [server]
            max_body_bytes = 4096
            request_timeout = "1m 30s"
            grpc_bind = "::1"
            [memory_spaces]
            bootstrap_spaces = ["default", "work-notes"]
            [embedding]
            provider = "none"
            [logging]
            format = "json"
            [cluster.replication]
            placement = "rackaware"
            rack_penalty = 1
            """)).config();
        assertThat(config.server().maxBodyBytes()).isEqualTo(4096);
        assertThat(config.server().requestTimeout()).isEqualTo(Duration.ofSeconds(90));
        assertThat(config.server().grpcHost()).isEqualTo("::1");
        assertThat(config.memorySpaces().bootstrapSpaces()).containsExactly("default", "work-notes");
        assertThat(config.embedding().provider()).isEqualTo(EmbeddingProvider.NONE);
        assertThat(config.logging().format()).isEqualTo(LogFormat.JSON);
        assertThat(config.cluster().replication().placement()).isEqualTo(EngramConfig.PlacementPolicy.RACK_AWARE);
        assertThat(config.cluster().replication().rackPenalty()).isEqualTo(1.0);
    }

    @Test
    void the_message_of_the_exception_has_every_problem() {
        assertThatThrownBy(() -> ConfigLoader.load(nothing()
                        .withFlag("--port", "server.http_port", "x")
                        .withFlag("--grpc-port", "server.grpc_port", "y")))
                .hasMessageContaining("server.http_port")
                .hasMessageContaining("server.grpc_port");
    }
}
