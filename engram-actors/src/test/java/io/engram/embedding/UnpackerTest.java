package io.engram.embedding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnpackerTest {
    private static final FileTime LONG_AGO = FileTime.fromMillis(1_000_000_000_000L);

    @TempDir
    Path folder;

    @Test
    void libraries_are_unpacked_once_and_mended_when_damaged() throws IOException {
        var target = NativeLibraries.unpack(folder);
        var library = target.resolve(System.mapLibraryName("onnxruntime"));
        var whole = Files.readAllBytes(library);
        assertThat(whole.length).isGreaterThan(10_000_000);
        assertThat(target.resolve(System.mapLibraryName("onnxruntime4j_jni"))).isNotEmptyFile();

        Files.setLastModifiedTime(library, LONG_AGO);
        assertThat(NativeLibraries.unpack(folder)).isEqualTo(target);
        assertThat(Files.getLastModifiedTime(library)).isEqualTo(LONG_AGO);

        var damaged = whole.clone();
        damaged[whole.length / 2] ^= 1;
        Files.write(library, damaged);
        NativeLibraries.unpack(folder);
        assertThat(Files.readAllBytes(library)).isEqualTo(whole);

        try (var files = Files.list(target)) {
            assertThat(files).hasSize(2);
        }
    }

    @Test
    void a_model_that_lies_in_the_folder_alone_is_taken_as_it_is() throws IOException {
        assertThatThrownBy(() -> OnnxTextEncoder.file(folder, Optional.empty()))
                .isInstanceOf(FileNotFoundException.class)
                .hasMessageContaining(folder.toString());
        var model = Files.writeString(folder.resolve("e5-small-v2-q.onnx"), "a model");
        assertThat(OnnxTextEncoder.file(folder, Optional.empty())).isEqualTo(model);
        assertThat(model).hasContent("a model");
    }
}
