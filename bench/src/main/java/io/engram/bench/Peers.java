package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/** Other databases that happen to be installed, in the same run on the same disk; {@code bench/peer} knows them. */
final class Peers {
    private Peers() {}

    static void durable(Path root, Path folder, PrintStream out, double seconds)
            throws IOException, InterruptedException {
        var process = new ProcessBuilder(
                        root.resolve("bench/peer").toString(),
                        folder.toString(),
                        String.valueOf(Math.max(3, Math.round(seconds))))
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        out.print(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
        if (!process.waitFor(1, TimeUnit.MINUTES) || process.exitValue() != 0) {
            out.println("(the peers could not be measured)");
        }
    }
}
