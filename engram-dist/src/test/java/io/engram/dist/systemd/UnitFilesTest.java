package io.engram.dist.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.engram.dist.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The units, as far as they can be judged without a systemd that runs. */
class UnitFilesTest {
    private static final String FOLDER = "deployments/systemd/";
    private static final String ONE = "engram.service";
    private static final String SEVERAL = "engram@.service";
    private static final Path SYSTEM = Path.of("/usr/lib/systemd/system");
    private static final Pattern VARIABLE = Pattern.compile("Environment=(\\w+)=(.*)");

    @TempDir
    Path tree;

    @ParameterizedTest
    @ValueSource(strings = {ONE, SEVERAL})
    void systemd_has_nothing_to_say_against_it(String unit) throws Exception {
        assumeAnalyze();
        // A tree with the targets of this machine, and something to execute.
        var targets = Files.createDirectories(tree.resolve("usr/lib/systemd/system"));
        try (var files = Files.list(SYSTEM)) {
            for (var file : files.filter(file -> Files.isRegularFile(file)).toList()) {
                Files.copy(file, targets.resolve(file.getFileName()));
            }
        }
        var executable = Files.createDirectories(tree.resolve("usr/local/bin")).resolve("engram");
        Files.copy(Path.of("/bin/true"), executable, StandardCopyOption.COPY_ATTRIBUTES);
        var units = Files.createDirectories(tree.resolve("etc/systemd/system"));
        Files.copy(Checkout.ROOT.resolve(FOLDER + unit), units.resolve(unit));

        // Names that it does not know are warnings for it, so that any word is a failure here.
        var name = unit.replace("@", "@a");
        assertThat(Checkout.run(60, "systemd-analyze", "verify", "--man=no", "--root=" + tree, name))
                .isEqualTo(new Checkout.Result(0, ""));

        // That it would have something to say.
        Files.writeString(units.resolve(unit), Checkout.text(FOLDER + unit).replace("ProtectHome=", "ProtectHouse="));
        assertThat(Checkout.run(60, "systemd-analyze", "verify", "--man=no", "--root=" + tree, name)
                        .output())
                .contains("ProtectHouse");
    }

    @ParameterizedTest
    @ValueSource(strings = {ONE, SEVERAL})
    void its_exposure_is_at_most_two(String unit) throws Exception {
        assumeAnalyze();
        var result = Checkout.run(
                60,
                "systemd-analyze",
                "security",
                "--no-pager",
                "--offline=true",
                "--threshold=20",
                Checkout.ROOT.resolve(FOLDER + unit).toString());
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.output()).contains("Overall exposure level");
    }

    @Test
    void both_units_say_the_same_but_where_the_instance_stands_in_it() throws Exception {
        var instance = lines(SEVERAL).stream()
                .map(line -> line.replace(" (%i)", "")
                        .replace(" --config /etc/engram/%i.toml", "")
                        .replace("/engram-%i/", "/engram/")
                        .replace("engram-%i", "engram")
                        .replace("engram@%i", "engram")
                        .replace("/%i", ""))
                .toList();
        assertThat(instance).isEqualTo(lines(ONE)).hasSizeGreaterThan(50);
        assertThat(Checkout.text(FOLDER + SEVERAL)).contains("StateDirectory=engram/%i\n", "/etc/engram/%i.toml");
    }

    @Test
    void the_runtime_may_make_code_and_see_its_limits() throws Exception {
        assertThat(lines(ONE))
                .noneMatch(line -> line.startsWith("MemoryDenyWriteExecute") || line.startsWith("ProcSubset"));
    }

    @Test
    void it_is_started_again_after_a_crash_and_given_time_to_stop() throws Exception {
        assertThat(lines(ONE))
                .contains(
                        "Restart=always",
                        "RestartSec=5",
                        "StartLimitIntervalSec=0",
                        "Type=notify",
                        "TimeoutStartSec=infinity",
                        "User=engram",
                        "StandardOutput=journal",
                        "StandardError=journal",
                        "Environment=RUST_BACKTRACE=full",
                        "Environment=ENGRAM_DATA_DIR=/var/lib/engram",
                        "StateDirectory=engram");
        assertThat(number("TimeoutStopSec"))
                .as("above the 30 s that a node may take")
                .isGreaterThan(30);
        assertThat(number("LimitNOFILE")).isGreaterThanOrEqualTo(65_536);
    }

    @Test
    void each_variable_is_one_that_somebody_reads() throws Exception {
        var known = Pattern.compile("\\b(?:ENGRAM|RUST)_[A-Z0-9_]+\\b")
                .matcher(Checkout.text("conf/default.toml") + Checkout.text("docs/configuration.md"))
                .results()
                .map(result -> result.group())
                .toList();
        var variables = lines(ONE).stream()
                .map(VARIABLE::matcher)
                .filter(matcher -> matcher.matches())
                .map(matcher -> matcher.group(1))
                .toList();
        assertThat(variables).hasSizeGreaterThan(4).isSubsetOf(known);
    }

    @Test
    void the_java_options_are_options_of_this_java() throws Exception {
        var options = lines(ONE).stream()
                .filter(line -> line.startsWith("Environment=ENGRAM_JAVA_OPTS="))
                .map(line -> line.substring("Environment=ENGRAM_JAVA_OPTS=".length()))
                .toList();
        assertThat(options).hasSize(1);
        var result = Checkout.run(60, System.getProperty("java.home") + "/bin/java", options.getFirst(), "-version");
        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    private static long number(String name) throws IOException {
        return lines(ONE).stream()
                .filter(line -> line.startsWith(name + "="))
                .mapToLong(line -> Long.parseLong(line.substring(name.length() + 1)))
                .findFirst()
                .orElseThrow();
    }

    private static List<String> lines(String unit) throws IOException {
        return Checkout.text(FOLDER + unit)
                .lines()
                .filter(line -> !line.isBlank() && !line.startsWith("#"))
                .toList();
    }

    private static void assumeAnalyze() {
        boolean there;
        try {
            there = Files.isDirectory(SYSTEM)
                    && Checkout.run(20, "systemd-analyze", "--version").exitCode() == 0;
        } catch (Exception e) {
            there = false;
        }
        assumeThat(there)
                .as("SKIPPED: there is no systemd-analyze, so that the units were not judged by it")
                .isTrue();
    }
}
