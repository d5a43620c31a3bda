package io.engram.proof;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.opentest4j.TestAbortedException;

/** The library {@code proof/powercut.c}, which watches what a process forces and makes its calls fail. */
public final class Preload {
    /** Errors of Linux. */
    public static final int EIO = 5;

    public static final int ENOSPC = 28;
    public static final int EROFS = 30;

    private static final int CONTROL_BYTES = 4096;

    private final Path library;

    private Preload(Path library) {
        this.library = library;
    }

    /** Compiles the library, or skips the test that asks for it, and says why. */
    public static Preload compiled(Path folder) throws IOException, InterruptedException {
        if (!System.getProperty("os.name").toLowerCase(Locale.ROOT).contains("linux")) {
            throw skipped("calls can be intercepted on Linux only");
        }
        var source = folder.resolve("powercut.c");
        try (var resource = Preload.class.getResourceAsStream("/proof/powercut.c")) {
            if (resource == null) {
                throw new IllegalStateException("powercut.c is missing");
            }
            Files.write(source, resource.readAllBytes());
        }
        var library = folder.resolve("libpowercut.so");
        var said = folder.resolve("cc.log");
        Process compiler;
        try {
            compiler = new ProcessBuilder(
                            "cc",
                            "-O2",
                            "-shared",
                            "-fPIC",
                            "-o",
                            library.toString(),
                            source.toString(),
                            "-ldl",
                            "-lpthread")
                    .redirectErrorStream(true)
                    .redirectOutput(said.toFile())
                    .start();
        } catch (IOException e) {
            throw skipped("there is no C compiler: " + e.getMessage());
        }
        if (!compiler.waitFor(60, TimeUnit.SECONDS) || compiler.exitValue() != 0) {
            throw new IllegalStateException("powercut.c does not compile: " + Files.readString(said));
        }
        return new Preload(library);
    }

    private static TestAbortedException skipped(String reason) {
        return Skipped.because("power cuts and failing calls", reason);
    }

    /** The watch over one process. */
    public final class Watch {
        private final Path root;
        private final Path shadow;
        private final Path controlFile;
        private final MappedByteBuffer control;

        private Watch(Path root, Path shadow) throws IOException {
            this.root = root;
            this.shadow = shadow;
            this.controlFile = shadow.resolve("control");
            try (var file = new RandomAccessFile(controlFile.toFile(), "rw")) {
                file.setLength(CONTROL_BYTES);
                control = file.getChannel().map(FileChannel.MapMode.READ_WRITE, 0, CONTROL_BYTES);
                control.order(ByteOrder.nativeOrder());
            }
        }

        public Path root() {
            return root;
        }

        public Path shadow() {
            return shadow;
        }

        /** What the process needs in its environment. */
        public Map<String, String> environment() {
            return Map.of(
                    "LD_PRELOAD", library.toString(),
                    "POWERCUT_ROOT", root.toString(),
                    "POWERCUT_SHADOW", shadow.toString(),
                    "POWERCUT_CONTROL", controlFile.toString());
        }

        /**
         * Makes a force fail.
         *
         * @param inWriteAheadLogsOnly whether only forces of files that end in .log count
         */
        public void failForce(int nth, int error, boolean goesOn, boolean inWriteAheadLogsOnly) {
            control.putInt(4, error);
            control.putInt(16, goesOn ? 1 : 0);
            control.putInt(20, inWriteAheadLogsOnly ? 1 : 0);
            control.putInt(0, nth);
        }

        /** Makes new files and longer files fail from now on; 0 ends that. */
        public void failGrowth(int error) {
            control.putInt(8, error);
        }

        /** How many forces there were. */
        public int forces() {
            return control.getInt(12);
        }
    }

    /** A watch over a folder, which must exist, with its shadow in another one, which is made. */
    public Watch watch(Path root, Path shadow) {
        try {
            Files.createDirectories(shadow);
            return new Watch(root.toRealPath(), shadow.toRealPath());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The command of a Java program with the class path of this test and light flags. */
    public static List<String> java(String... rest) {
        var command = new java.util.ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-Xmx128m",
                "-XX:TieredStopAtLevel=1",
                "-XX:-UsePerfData",
                "-cp",
                System.getProperty("java.class.path")));
        command.addAll(List.of(rest));
        return command;
    }
}
