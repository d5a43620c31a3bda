package io.engram.dist.systemd;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.dist.Checkout;
import io.engram.dist.Checkout.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The Debian package as it was built, read without Debian's tools. */
class DebianPackageTest {
    private static final int HEADER = 60;

    @TempDir
    static Path folder;

    private static Path control = Path.of("");
    /** Each line as tar lists it: rights, owner, size, time, name. */
    private static List<String> content = List.of();

    /** The package is an ar archive of three members, two of which are tar archives. */
    @BeforeAll
    static void unpack() throws Exception {
        try (var built = Files.newDirectoryStream(Path.of("target"), "engram_*_all.deb")) {
            var packages = built.iterator();
            assertThat(packages.hasNext()).as("mvn package makes the package").isTrue();
            members(Files.readAllBytes(packages.next()));
        }
        assertThat(Files.readString(folder.resolve("debian-binary"))).isEqualTo("2.0\n");
        control = Files.createDirectories(folder.resolve("control"));
        assertThat(tar("xzf", "control.tar.gz", "-C", control.toString())).isEqualTo(new Result(0, ""));
        content = tar("tvzf", "data.tar.gz").output().lines().toList();
    }

    private static Result tar(String what, String archive, String... more) throws Exception {
        var command = new java.util.ArrayList<>(
                List.of("tar", what, folder.resolve(archive).toString()));
        command.addAll(List.of(more));
        return Checkout.run(120, command.toArray(String[]::new));
    }

    private static void members(byte[] archive) throws IOException {
        assertThat(new String(archive, 0, 8, StandardCharsets.US_ASCII)).isEqualTo("!<arch>\n");
        for (int at = 8; at < archive.length; ) {
            var header = new String(archive, at, HEADER, StandardCharsets.US_ASCII);
            var name = header.substring(0, 16).strip().replace("/", "");
            int size = Integer.parseInt(header.substring(48, 58).strip());
            at += HEADER;
            Files.write(folder.resolve(name), Arrays.copyOfRange(archive, at, at + size));
            at += size + size % 2;
        }
    }

    @Test
    void its_name_its_dependencies_and_its_version_are_there() throws Exception {
        var version = Checkout.text("pom.xml")
                .lines()
                .filter(line -> line.startsWith("  <version>"))
                .map(line -> line.replaceAll("<[^>]*>", "").strip())
                .findFirst()
                .orElseThrow();
        assertThat(Files.readString(control.resolve("control")))
                .contains("Package: engram\n", "Version: " + version + "\n", "Architecture: all\n", "Installed-Size: ")
                .containsPattern("(?m)^Depends: openjdk-25-jre-headless \\| java25-runtime-headless \\|.*adduser$")
                .doesNotContain("[[");
    }

    @Test
    void the_archive_s_files_are_where_debian_has_them() {
        assertThat(List.of(
                        "-rwxr-xr-x .*/usr/share/engram/bin/engram",
                        "-rw-r--r-- .*/usr/share/engram/engram-cli-\\d.*\\.jar",
                        "-rw-r--r-- .*/usr/share/engram/conf/jvm\\.options",
                        "-rw-r--r-- .*/usr/share/engram/lib/logback-classic-.*\\.jar",
                        "-rw-r--r-- .*/usr/lib/systemd/system/engram\\.service",
                        "-rw-r--r-- .*/usr/lib/systemd/system/engram@\\.service",
                        "-rw-r--r-- .*/usr/share/doc/engram/docs/operations/systemd\\.md",
                        "-rw-r--r-- .*/usr/share/doc/engram/copyright",
                        "-rw-r--r-- .*/etc/engram/engram\\.toml",
                        "-rw-r--r-- .*/etc/default/engram",
                        "l......... .*/usr/bin/engram -> \\.\\./share/engram/bin/engram"))
                .allSatisfy(
                        pattern -> assertThat(content).as(pattern).anyMatch(line -> line.matches("(?s)" + pattern)));
        assertThat(content).filteredOn(line -> line.endsWith(".jar")).hasSizeGreaterThan(50);
    }

    @Test
    void everything_belongs_to_root_and_nobody_else_may_write() {
        assertThat(content)
                .allMatch(line -> line.contains(" root/root ") || line.contains(" 0/0 "))
                .allMatch(line -> line.startsWith("l") || line.matches(".....-..-. .*"));
        assertThat(content)
                .as("nothing in places that belong to others")
                .allMatch(line -> line.matches(".* \\./(etc|usr)?(/.*)?$"));
    }

    @Test
    void the_libraries_are_the_archive_s() throws Exception {
        try (var built = Files.newDirectoryStream(Path.of("target"), "engram-*.tar.gz")) {
            var names = Checkout.run(
                            120,
                            "tar",
                            "tzf",
                            built.iterator().next().toAbsolutePath().toString())
                    .output()
                    .lines()
                    .filter(line -> line.endsWith(".jar"))
                    .map(line -> line.replaceFirst("^[^/]*/", ""))
                    .toList();
            assertThat(names).isNotEmpty();
            assertThat(content.stream()
                            .filter(line -> line.endsWith(".jar"))
                            .map(line -> line.replaceFirst("^.*/usr/share/engram/", "")))
                    .containsExactlyInAnyOrderElementsOf(names);
        }
    }

    @Test
    void settings_are_files_that_an_upgrade_leaves_alone() throws Exception {
        assertThat(Files.readString(control.resolve("conffiles")).lines())
                .containsExactlyInAnyOrder("/etc/engram/engram.toml", "/etc/default/engram");
    }

    @ParameterizedTest
    @ValueSource(strings = {"postinst", "prerm", "postrm"})
    void its_scripts_can_be_run_and_read(String script) throws Exception {
        var file = control.resolve(script);
        assertThat(file).isExecutable();
        assertThat(Files.readString(file)).startsWith("#!/bin/sh\n").contains("\nset -e\n");
        assertThat(Checkout.run(20, "sh", "-n", file.toString())).isEqualTo(new Result(0, ""));
    }

    @Test
    void nothing_is_enabled_or_started_by_surprise_and_data_goes_with_a_purge_alone() throws Exception {
        var postinst = Files.readString(control.resolve("postinst"));
        assertThat(postinst).doesNotContain("enable ").doesNotContain("deb-systemd-helper");
        var postrm = Files.readString(control.resolve("postrm"));
        assertThat(postrm.substring(0, postrm.indexOf("= purge"))).doesNotContain("rm -");
        assertThat(Files.readString(control.resolve("prerm"))).doesNotContain("rm -");
    }

    @Test
    void the_settings_that_it_brings_change_nothing_by_themselves() throws Exception {
        assertThat(Checkout.text("engram-dist/src/deb/etc/engram.toml").lines())
                .allMatch(line -> line.isBlank() || line.startsWith("#"));
        assertThat(Checkout.text("engram-dist/src/deb/etc/default").lines())
                .allMatch(line -> line.isBlank() || line.startsWith("#"));
    }
}
