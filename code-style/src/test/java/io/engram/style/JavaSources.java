package io.engram.style;

import com.palantir.javaformat.java.Formatter;
import com.palantir.javaformat.java.FormatterException;
import com.palantir.javaformat.java.JavaFormatterOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/** The Java sources below a folder, and what the formatter would make of them. */
final class JavaSources {
    private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git", ".engram", "engram-data");

    private static final Formatter FORMATTER = Formatter.createFormatter(JavaFormatterOptions.builder()
            .style(JavaFormatterOptions.Style.PALANTIR)
            .build());

    private JavaSources() {}

    /** A text as it should be: layout, import order, no unused imports. */
    static String formatted(String source) throws FormatterException {
        return FORMATTER.formatSourceAndFixImports(source);
    }

    /** Each file that is not as it should be, with what it should be. */
    static TreeMap<Path, String> unformatted(Path root) throws IOException {
        var found = new TreeMap<Path, String>();
        for (var file : below(root)) {
            var source = Files.readString(file);
            try {
                var wanted = formatted(source);
                if (!wanted.equals(source)) {
                    found.put(file, wanted);
                }
            } catch (FormatterException e) {
                throw new UncheckedIOException(new IOException(file + " cannot be parsed: " + e.getMessage(), e));
            }
        }
        return found;
    }

    static List<Path> below(Path root) throws IOException {
        var files = new ArrayList<Path>();
        Files.walkFileTree(root, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                var name = folder.getFileName();
                return !folder.equals(root) && name != null && NOT_OURS.contains(name.toString())
                        ? FileVisitResult.SKIP_SUBTREE
                        : FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                if (file.toString().endsWith(".java")) {
                    files.add(file);
                }
                return FileVisitResult.CONTINUE;
            }
        });
        files.sort(null);
        return files;
    }
}
