package io.engram.bench;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Resident memory of an idle {@code dev} node, with the model kept away and with it. */
final class MemoryBench {
    private final Path root;
    private final Path folder;
    private final PrintStream out;

    MemoryBench(Path root, Path folder, PrintStream out) {
        this.root = root;
        this.folder = folder;
        this.out = out;
    }

    void run() throws Exception {
        out.println("Resident memory of a dev node (VmRSS)");
        idle("embedding switched off", Map.of("ENGRAM_EMBEDDING_PROVIDER", "none"), false);
        idle("with the model", Map.of(), true);
        out.println();
    }

    private void idle(String what, Map<String, String> environment, boolean use) throws Exception {
        var data = Files.createTempDirectory(folder, "memory-");
        try (var node = Node.start(root, data, environment)) {
            out.printf("%-24s when ready %4.0f MiB", what, node.residentMib());
            out.printf(", idle after 5 s %4.0f MiB", settled(node, 5));
            out.printf(", after 20 s %4.0f MiB", settled(node, 15));
            if (use) {
                try (var connection = node.connect()) {
                    for (int i = 0; i < 200; i++) {
                        Api.remember(connection, "default", "note-" + i, new Texts(3).text(i));
                    }
                    Api.awaitEmbedded(connection, "default", 60);
                    for (int i = 0; i < 50; i++) {
                        Api.recall(connection, "default", new Texts(3).text(i), "");
                    }
                }
                out.printf(", after 200 remembers and 50 recalls %4.0f MiB", settled(node, 2));
            }
            out.println();
        } finally {
            Node.delete(data);
        }
    }

    private static double settled(Node node, int seconds) throws InterruptedException, IOException {
        TimeUnit.SECONDS.sleep(seconds);
        return node.residentMib();
    }
}
