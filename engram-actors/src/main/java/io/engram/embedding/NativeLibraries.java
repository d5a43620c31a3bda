package io.engram.embedding;

import ai.onnxruntime.OrtException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/**
 * Puts onnxruntime's native libraries where this machine may execute them.
 *
 * <p>Left to itself onnxruntime unpacks 28 MB into a new temporary folder at each start, which fails where that folder
 * is mounted {@code noexec} and stays behind when the process is killed. Unpacked once into a folder of ours they are
 * only checked. An operator's own {@code onnxruntime.native.path} wins over all this.
 */
final class NativeLibraries {
    static final String PATH_PROPERTY = "onnxruntime.native.path";

    private static final List<String> NAMES = List.of("onnxruntime", "onnxruntime4j_jni");

    private NativeLibraries() {}

    /**
     * Unpacks this platform's libraries below {@code directory} unless they are there already, and points onnxruntime
     * at them. Must come before onnxruntime's first use in the process.
     *
     * @throws IOException if there are none for this platform, or the folder cannot be written
     */
    static void prepare(Path directory) throws IOException {
        if (System.getProperty(PATH_PROPERTY) != null) {
            return;
        }
        System.setProperty(PATH_PROPERTY, unpack(directory).toString());
    }

    /** The folder with this platform's libraries, below {@code directory}. */
    static Path unpack(Path directory) throws IOException {
        var platform = platform();
        var target = directory.toAbsolutePath().resolve("onnxruntime-" + platform);
        Files.createDirectories(target);
        for (var name : NAMES) {
            var file = System.mapLibraryName(name);
            var resource = OrtException.class.getResource("/ai/onnxruntime/native/" + platform + "/" + file);
            if (resource == null) {
                throw new FileNotFoundException("onnxruntime has no " + file + " for " + platform);
            }
            Unpacker.unpack(resource, target.resolve(file));
        }
        return target;
    }

    /** The folder's name inside onnxruntime's jar. */
    private static String platform() {
        var os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        var arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        var system = os.contains("mac") ? "osx" : os.contains("win") ? "win" : "linux";
        return system + "-" + (arch.equals("amd64") || arch.equals("x86_64") ? "x64" : arch);
    }
}
