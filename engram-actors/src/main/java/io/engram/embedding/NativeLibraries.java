package io.engram.embedding;

import ai.onnxruntime.OrtException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Locale;
import java.util.zip.CRC32;

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
        var platform = platform();
        var target = directory.toAbsolutePath().resolve("onnxruntime-" + platform);
        Files.createDirectories(target);
        for (var name : NAMES) {
            unpack(platform, System.mapLibraryName(name), target);
        }
        System.setProperty(PATH_PROPERTY, target.toString());
    }

    /** The folder's name inside onnxruntime's jar. */
    private static String platform() {
        var os = System.getProperty("os.name", "").toLowerCase(Locale.ROOT);
        var arch = System.getProperty("os.arch", "").toLowerCase(Locale.ROOT);
        var system = os.contains("mac") ? "osx" : os.contains("win") ? "win" : "linux";
        return system + "-" + (arch.equals("amd64") || arch.equals("x86_64") ? "x64" : arch);
    }

    private static void unpack(String platform, String file, Path target) throws IOException {
        var resource = OrtException.class.getResource("/ai/onnxruntime/native/" + platform + "/" + file);
        if (resource == null) {
            throw new FileNotFoundException("onnxruntime has no " + file + " for " + platform);
        }
        var library = target.resolve(file);
        if (Files.isRegularFile(library) && checksum(library) == checksum(resource)) {
            return;
        }
        var partial = Files.createTempFile(target, file, ".partial");
        try {
            try (var in = resource.openStream()) {
                Files.copy(in, partial, StandardCopyOption.REPLACE_EXISTING);
            }
            // Without this a power cut could leave a file of the right name and length full of zeros.
            try (var channel = FileChannel.open(partial, StandardOpenOption.WRITE)) {
                channel.force(true);
            }
            move(partial, library);
        } finally {
            Files.deleteIfExists(partial);
        }
    }

    private static void move(Path from, Path to) throws IOException {
        try {
            Files.move(from, to, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (AtomicMoveNotSupportedException e) {
            Files.move(from, to, StandardCopyOption.REPLACE_EXISTING);
        }
    }

    private static long checksum(Path file) throws IOException {
        var sum = new CRC32();
        try (var channel = FileChannel.open(file)) {
            sum.update(channel.map(FileChannel.MapMode.READ_ONLY, 0, channel.size()));
        }
        return sum.getValue();
    }

    /** A jar's directory knows the sum; elsewhere the bytes must be read. */
    private static long checksum(URL resource) throws IOException {
        if (resource.openConnection() instanceof JarURLConnection jar) {
            return jar.getJarEntry().getCrc();
        }
        var sum = new CRC32();
        try (var in = resource.openStream()) {
            var buffer = new byte[1 << 16];
            for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                sum.update(buffer, 0, n);
            }
        }
        return sum.getValue();
    }
}
