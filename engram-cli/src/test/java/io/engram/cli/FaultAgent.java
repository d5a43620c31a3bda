package io.engram.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.jar.Attributes;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Goes into a running virtual machine from outside and has something go wrong there. */
public final class FaultAgent {
    private FaultAgent() {}

    /** Called by the virtual machine that the agent is loaded into. */
    public static void agentmain(String what) {
        switch (what) {
            case "thread" ->
                new Thread(
                                () -> {
                                    throw new IllegalStateException("injected into a thread");
                                },
                                "injected")
                        .start();
            case "virtual" ->
                Thread.ofVirtual().name("injected").start(() -> {
                    throw new IllegalStateException("injected into a virtual thread");
                });
            case "linkage" ->
                new Thread(
                                () -> {
                                    throw new NoSuchMethodError("injected: classes do not fit together");
                                },
                                "injected")
                        .start();
            case "memory" ->
                new Thread(
                                () -> {
                                    var all = new ArrayList<byte[]>();
                                    while (true) {
                                        all.add(new byte[1 << 20]);
                                    }
                                },
                                "injected")
                        .start();
            default -> throw new IllegalArgumentException(what);
        }
    }

    /** The agent as the virtual machine wants it. */
    static Path jar(Path folder) throws IOException {
        var jar = folder.resolve("fault-agent.jar");
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Attributes.Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(new Attributes.Name("Agent-Class"), FaultAgent.class.getName());
        var name = FaultAgent.class.getName().replace('.', '/') + ".class";
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest);
                var bytes = FaultAgent.class.getResourceAsStream("/" + name)) {
            out.putNextEntry(new JarEntry(name));
            java.util.Objects.requireNonNull(bytes).transferTo(out);
        }
        return jar;
    }
}
