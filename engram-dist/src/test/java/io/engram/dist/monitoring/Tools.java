package io.engram.dist.monitoring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.engram.dist.Checkout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Prometheus' command-line tools. They are looked for on the PATH, or where the system property {@code engram.NAME} says;
 * Debian has them in the packages prometheus and prometheus-alertmanager.
 */
final class Tools {
    private Tools() {}

    static Optional<String> find(String tool) {
        var configured = System.getProperty("engram." + tool);
        if (configured != null) {
            return Optional.of(configured);
        }
        var path = System.getenv().getOrDefault("PATH", "");
        return Stream.of(path.split(":", -1))
                .map(folder -> Path.of(folder).resolve(tool))
                .filter(Files::isExecutable)
                .map(Path::toString)
                .findFirst();
    }

    /** Without the tool the test is skipped, and says so. */
    static String require(String tool) {
        var found = find(tool);
        assumeThat(found)
                .as("SKIPPED: %s is not installed, so that nothing was checked with it", tool)
                .isPresent();
        return found.orElseThrow();
    }

    static void succeed(List<String> command) throws IOException, InterruptedException {
        var result = Checkout.run(60, command.toArray(String[]::new));
        assertThat(result.exitCode()).as(result.output()).isZero();
    }
}
