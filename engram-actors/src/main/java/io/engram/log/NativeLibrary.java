package io.engram.log;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Arrays;
import org.fusesource.hawtjni.runtime.Library;
import org.fusesource.leveldbjni.JniDBFactory;

/**
 * Puts LevelDB's native library where it may be executed. Left alone, the library unpacks itself into the temp folder
 * under a new name at each start, which a {@code noexec} temp folder refuses and a killed process leaves behind.
 */
final class NativeLibrary {
    private static final String NAME = "leveldbjni";
    private static final String FOLDER_PROPERTY = "library." + NAME + ".path";

    private NativeLibrary() {}

    /** Unpacks the library into the folder. Has an effect only before its first use in this JVM; a folder set by property wins. */
    static synchronized void unpackTo(Path folder) throws IOException {
        if (System.getProperty(FOLDER_PROPERTY) != null) {
            return;
        }
        var library = new Library(NAME);
        var fileName = library.getLibraryFileName();
        for (var platform : library.getSpecificSearchDirs()) {
            try (var resource = JniDBFactory.class
                    .getClassLoader()
                    .getResourceAsStream("META-INF/native/" + platform + "/" + fileName)) {
                if (resource != null) {
                    Files.createDirectories(folder);
                    place(resource.readAllBytes(), folder.resolve(fileName));
                    System.setProperty(FOLDER_PROPERTY, folder.toAbsolutePath().toString());
                    return;
                }
            }
        }
    }

    /** Never writes into a file that another process may have mapped: a changed library gets there by renaming. */
    private static void place(byte[] content, Path target) throws IOException {
        if (Files.isRegularFile(target) && Arrays.equals(Files.readAllBytes(target), content)) {
            return;
        }
        var temporary = Files.createTempFile(target.toAbsolutePath().getParent(), "unpacking-", ".tmp");
        try {
            Files.write(temporary, content);
            if (!temporary.toFile().setExecutable(true)) {
                throw new IOException("cannot make " + temporary + " executable");
            }
            Files.move(temporary, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(temporary);
        }
    }
}
