package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.dist.Checkout.Result;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The archive as somebody unpacks it. */
final class UnpackedArchive {
    private UnpackedArchive() {}

    /** Unpacks it, and returns its top folder. */
    static Path in(Path folder) throws IOException, InterruptedException {
        var into = Files.createTempDirectory(folder, "unpacked-");
        try (var built = Files.newDirectoryStream(Path.of("target"), "engram-*.tar.gz")) {
            var archives = built.iterator();
            assertThat(archives.hasNext()).as("mvn package makes the archive").isTrue();
            var result = Checkout.run(
                    120, "tar", "xzf", archives.next().toAbsolutePath().toString(), "-C", into.toString());
            assertThat(result).isEqualTo(new Result(0, ""));
        }
        try (var tops = Files.list(into)) {
            var top = tops.toList();
            assertThat(top).hasSize(1);
            return top.getFirst();
        }
    }
}
