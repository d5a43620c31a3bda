package io.engram.proof;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A small ext4 file system in a file. Needs root and a loop device; where there is neither, the test is skipped loudly. */
public final class SmallDisk implements AutoCloseable {
    private final Path mountPoint;
    private final Path filler;

    private SmallDisk(Path mountPoint) {
        this.mountPoint = mountPoint;
        this.filler = mountPoint.resolve("filler");
    }

    public static SmallDisk mounted(Path folder, int mebibytes) throws IOException, InterruptedException {
        var image = folder.resolve("disk.img");
        try (var file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength((long) mebibytes << 20);
        }
        var mountPoint = Files.createDirectories(folder.resolve("disk"));
        for (var command : List.of(
                List.of("mkfs.ext4", "-q", "-F", "-m", "0", image.toString()),
                List.of("mount", "-o", "loop", image.toString(), mountPoint.toString()))) {
            var problem = run(command);
            if (!problem.isEmpty()) {
                throw Skipped.because("the full disk", problem);
            }
        }
        return new SmallDisk(mountPoint);
    }

    /** What went wrong; empty if nothing. */
    private static String run(List<String> command) throws IOException, InterruptedException {
        try {
            var process = new ProcessBuilder(command).redirectErrorStream(true).start();
            var said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            if (!process.waitFor(60, TimeUnit.SECONDS)) {
                process.destroyForcibly();
                return String.join(" ", command) + " does not end";
            }
            return process.exitValue() == 0 ? "" : String.join(" ", command) + ": " + said.strip();
        } catch (IOException e) {
            return String.valueOf(e.getMessage());
        }
    }

    public Path mountPoint() {
        return mountPoint;
    }

    public long free() throws IOException {
        return Files.getFileStore(mountPoint).getUsableSpace();
    }

    /** Somebody else takes all room but so many bytes. */
    public void fillTo(long leave) throws IOException, InterruptedException {
        emptyAgain();
        var takes = free() - leave - (1 << 20);
        if (takes > 0) {
            must(List.of("fallocate", "-l", Long.toString(takes), filler.toString()));
        }
        // The rest by the block, since others write at the same time.
        var block = new byte[4096];
        try (var out = Files.newOutputStream(filler, StandardOpenOption.CREATE, StandardOpenOption.APPEND)) {
            while (free() > leave) {
                out.write(block);
            }
        } catch (IOException e) {
            // Fuller than full. The file system's own figure keeps a few blocks back.
            return;
        }
    }

    /** Somebody else goes away. */
    public void emptyAgain() throws IOException {
        Files.deleteIfExists(filler);
    }

    /** Makes a folder on it read-only, or writable again; false if the kernel does not permit it. */
    public boolean makeReadOnly(Path folder) throws IOException, InterruptedException {
        return run(List.of("mount", "--bind", folder.toString(), folder.toString()))
                        .isEmpty()
                && run(List.of("mount", "-o", "remount,ro,bind", folder.toString()))
                        .isEmpty();
    }

    /** After {@link #makeReadOnly}. */
    public void makeWritable(Path folder) throws IOException, InterruptedException {
        must(List.of("mount", "-o", "remount,rw,bind", folder.toString()));
    }

    /** The whole file system; false if something on it is open for writing. */
    public boolean remountWhole(boolean readOnly) throws IOException, InterruptedException {
        return run(List.of("mount", "-o", readOnly ? "remount,ro" : "remount,rw", mountPoint.toString()))
                .isEmpty();
    }

    private static void must(List<String> command) throws IOException, InterruptedException {
        var problem = run(command);
        if (!problem.isEmpty()) {
            throw new IOException(problem);
        }
    }

    @Override
    public void close() {
        try {
            // Lazily: whatever a failed test left open must not keep the mount for ever.
            run(List.of("umount", "-l", mountPoint.toString()));
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
