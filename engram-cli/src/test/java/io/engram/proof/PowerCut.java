package io.engram.proof;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What a disk holds after a power cut, put together from what {@code powercut.c} wrote down.
 *
 * <p>The model is that of a file system with an ordered journal for names, as ext4 and XFS are:
 *
 * <ul>
 *   <li>Changes of names (made, moved, removed; files and folders) and lengths that were set (ftruncate, opening anew)
 *       survive in the order in which they took place: what survives is a prefix of them. Forcing a file makes the prefix
 *       durable up to the last change that gave it its name or its length; forcing a folder, the prefix up to the last
 *       change in that folder. (The real ones commit more than that with most forces, never less.)
 *   <li>A file's content survives as it was at its last force: what the process had written when the force was called,
 *       with the length that it had then, or that was set later and survived. Of what was written since then each sector
 *       of 512 bytes may have survived or not; what lies within the length and was never written reads as zeros. So does
 *       a length that grew by writing.
 * </ul>
 *
 * <p>So there are two extremes and everything between them. {@link Kind#NOTHING_MORE}: nothing that was not forced.
 * {@link Kind#SOME}: a seeded choice.
 */
public final class PowerCut {
    /** How much of what was not forced has survived. */
    public enum Kind {
        NOTHING_MORE,
        SOME
    }

    private static final int SECTOR_BYTES = 512;

    /** A line of the library's. */
    private record Op(char kind, int number, String path, String to) {
        long length() {
            return Long.parseLong(to);
        }
    }

    private final Path live;
    private final Path shadow;
    private final List<Op> ops = new ArrayList<>();

    /** @param live the folder as the killed process left it */
    public PowerCut(Path live, Path shadow) throws IOException {
        this.live = live;
        this.shadow = shadow;
        for (var line : Files.readString(shadow.resolve("ops")).split("\n", -1)) {
            parse(line).ifPresent(ops::add);
        }
    }

    private static Optional<Op> parse(String line) {
        // The last line may be cut short by the kill; it says nothing then, which is one of the possible outcomes.
        if (line.isEmpty()) {
            return Optional.empty();
        }
        var kind = line.charAt(0);
        var rest = line.length() > 2 ? line.substring(2) : "";
        return switch (kind) {
            case 'B' -> Optional.of(new Op(kind, 0, "", ""));
            case 'F' -> Optional.of(new Op(kind, Integer.parseInt(rest), "", ""));
            case 'C' -> {
                var space = rest.indexOf(' ');
                yield Optional.of(
                        new Op(kind, Integer.parseInt(rest.substring(0, space)), rest.substring(space + 1), ""));
            }
            case 'T' -> {
                var space = rest.indexOf(' ');
                yield Optional.of(
                        new Op(kind, Integer.parseInt(rest.substring(0, space)), "", rest.substring(space + 1)));
            }
            case 'R', 'L' -> {
                var tab = rest.indexOf('\t');
                yield Optional.of(new Op(kind, 0, rest.substring(0, tab), rest.substring(tab + 1)));
            }
            case 'M', 'D', 'U', 'G' -> Optional.of(new Op(kind, 0, rest, ""));
            default -> throw new IllegalStateException("unknown line " + line);
        };
    }

    /** The names at a moment. */
    private static final class Names {
        final TreeSet<String> folders = new TreeSet<>();
        final TreeMap<String, Integer> files = new TreeMap<>();

        void apply(Op op) {
            switch (op.kind) {
                case 'M' -> folders.add(op.path);
                case 'D' -> folders.remove(op.path);
                case 'C' -> files.put(op.path, op.number);
                case 'U' -> files.remove(op.path);
                case 'L' -> Optional.ofNullable(files.get(op.path)).ifPresent(number -> files.put(op.to, number));
                case 'R' -> {
                    var number = files.remove(op.path);
                    if (number != null) {
                        files.put(op.to, number);
                    } else if (folders.remove(op.path)) {
                        folders.add(op.to);
                        moveBelow(op.path + "/", op.to + "/");
                    }
                }
                default -> {}
            }
        }

        private void moveBelow(String from, String to) {
            for (var folder : List.copyOf(folders)) {
                if (folder.startsWith(from)) {
                    folders.remove(folder);
                    folders.add(to + folder.substring(from.length()));
                }
            }
            for (var file : Map.copyOf(files).entrySet()) {
                if (file.getKey().startsWith(from)) {
                    files.remove(file.getKey());
                    files.put(to + file.getKey().substring(from.length()), file.getValue());
                }
            }
        }
    }

    /** How many of the changes of names are certain to have survived. */
    private int certain() {
        var certain = 0;
        Map<Integer, Integer> placedAt = new HashMap<>();
        Map<String, Integer> changedAt = new HashMap<>();
        var names = new Names();
        for (var i = 0; i < ops.size(); i++) {
            var op = ops.get(i);
            switch (op.kind) {
                case 'B' -> certain = i + 1;
                case 'F' -> certain = Math.max(certain, placedAt.getOrDefault(op.number, 0));
                case 'G' -> certain = Math.max(certain, changedAt.getOrDefault(op.path, 0));
                case 'T' -> placedAt.put(op.number, i + 1);
                default -> {
                    names.apply(op);
                    changedAt.put(parent(op.path), i + 1);
                    if (op.kind == 'C') {
                        placedAt.put(op.number, i + 1);
                    }
                    if (op.kind == 'R' || op.kind == 'L') {
                        changedAt.put(parent(op.to), i + 1);
                        var number = names.files.get(op.to);
                        if (number != null) {
                            placedAt.put(number, i + 1);
                        }
                    }
                }
            }
        }
        return certain;
    }

    private static String parent(String path) {
        var slash = path.lastIndexOf('/');
        return slash < 0 ? "." : path.substring(0, slash);
    }

    /** Makes a folder with what has survived. Returns what was decided, in words. */
    public String restoreTo(Path target, Kind kind, long seed) throws IOException {
        var random = new Random(seed);
        if (ops.stream().noneMatch(op -> op.kind == 'B')) {
            // The process was killed before it began, while the library still looked around.
            copy(live, target);
            return "cut before anything began";
        }
        var certain = certain();
        var kept = kind == Kind.NOTHING_MORE ? certain : certain + random.nextInt(ops.size() - certain + 1);
        var names = new Names();
        ops.subList(0, kept).forEach(names::apply);
        var last = new Names();
        ops.forEach(last::apply);
        Map<Integer, String> lastNames = new HashMap<>();
        last.files.forEach((path, number) -> lastNames.put(number, path));
        Files.createDirectories(target);
        for (var folder : names.folders) {
            Files.createDirectories(target.resolve(folder));
        }
        var torn = 0;
        for (var file : names.files.entrySet()) {
            var forced = withLength(forced(file.getValue()), file.getValue(), kept);
            var content = forced;
            if (kind == Kind.SOME) {
                var name = lastNames.get(file.getValue());
                if (name != null && Files.isRegularFile(live.resolve(name))) {
                    content = mixed(
                            forced,
                            Files.readAllBytes(live.resolve(name)),
                            ops.stream().noneMatch(op -> op.kind == 'T' && op.number == file.getValue()),
                            random);
                }
            }
            if (!Arrays.equals(content, forced)) {
                torn++;
            }
            var path = target.resolve(file.getKey());
            Files.createDirectories(java.util.Objects.requireNonNull(path.getParent()));
            try (var channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                channel.write(ByteBuffer.wrap(content));
            }
        }
        return "%d of %d changes of names survived (%d certain), %d files, %d of them with more than was forced"
                .formatted(kept, ops.size(), certain, names.files.size(), torn);
    }

    /** Sets the lengths that were set since the last force and survived. */
    private byte[] withLength(byte[] forced, int number, int kept) {
        var result = forced;
        var since = 0;
        for (var i = 0; i < ops.size(); i++) {
            if (ops.get(i).kind == 'F' && ops.get(i).number == number) {
                since = i;
            }
        }
        for (var op : ops.subList(Math.min(since, kept), kept)) {
            if (op.kind == 'T' && op.number == number) {
                result = Arrays.copyOf(result, Math.toIntExact(op.length()));
            }
        }
        return result;
    }

    private static void copy(Path from, Path to) throws IOException {
        try (var files = Files.walk(from)) {
            for (var file : files.toList()) {
                var copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    Files.copy(file, copy);
                }
            }
        }
    }

    private byte[] forced(int number) throws IOException {
        var object = shadow.resolve("obj").resolve(Integer.toString(number));
        return Files.isRegularFile(object) ? Files.readAllBytes(object) : new byte[0];
    }

    /** Sectors of the one or the other. */
    private static byte[] mixed(byte[] forced, byte[] written, boolean growsByWriting, Random random) {
        var share = random.nextInt(4);
        if (share == 0) {
            return forced;
        }
        // A length that was set and did not survive hides what was written beyond it.
        var longer = growsByWriting && written.length > forced.length && random.nextBoolean();
        var length = longer ? written.length : forced.length;
        var result = Arrays.copyOf(forced, length);
        for (var at = 0; at < Math.min(length, written.length); at += SECTOR_BYTES) {
            var end = Math.min(Math.min(at + SECTOR_BYTES, written.length), length);
            if (share == 1 || random.nextBoolean()) {
                System.arraycopy(written, at, result, at, end - at);
            }
        }
        return result;
    }
}
