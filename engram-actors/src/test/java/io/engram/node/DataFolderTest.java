package io.engram.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.engram.log.FolderLock;
import io.engram.log.LogInUseException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {
    private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123Z");

    @TempDir
    Path parent;

    private Path folder() {
        return parent.resolve("data");
    }

    private NodeIdentity open(String nodeId) {
        try (var opened = DataFolder.open(folder(), Optional.of(nodeId).filter(id -> !id.isEmpty()), NOW)) {
            return opened.identity();
        }
    }

    @Test
    void a_folder_gets_an_identity_once_and_keeps_it() throws IOException {
        var first = open("");
        assertThat(first.nodeId()).matches("node-[0-9a-f]{8}");
        assertThat(first.createdAt()).isEqualTo(NOW);
        assertThat(open("")).isEqualTo(first);
        assertThat(open(first.nodeId())).isEqualTo(first);
        assertThat(NodeIdentity.read(folder())).contains(first);
        try (var files = Files.list(folder())) {
            assertThat(files.map(file -> file.getFileName().toString()))
                    .containsExactlyInAnyOrder(NodeIdentity.FILE, FolderLock.FILE);
        }
    }

    @Test
    void a_configured_name_is_the_folders_name() {
        assertThat(open("engram-0").nodeId()).isEqualTo("engram-0");
        assertThat(open("").nodeId()).isEqualTo("engram-0");
    }

    @Test
    void the_folder_of_another_node_is_refused_by_both_names() {
        var owner = open("engram-0");
        assertThatThrownBy(() -> open("engram-1"))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("'engram-0'")
                .hasMessageContaining("'engram-1'");
        assertThat(open("engram-0")).isEqualTo(owner);
    }

    @Test
    void a_folder_that_is_open_is_refused_by_its_holder() {
        try (var opened = DataFolder.open(folder(), Optional.empty(), NOW)) {
            assertThat(opened.identity().nodeId()).isNotEmpty();
            assertThatThrownBy(() -> open(""))
                    .isInstanceOf(LogInUseException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
        }
        assertThat(open("").nodeId()).isNotEmpty();
    }

    @Test
    void no_byte_of_the_identity_can_change_unseen_and_the_file_is_left_as_it_is() throws IOException {
        open("engram-0");
        var file = folder().resolve(NodeIdentity.FILE);
        var whole = Files.readAllBytes(file);
        for (int i = 0; i < whole.length; i++) {
            var changed = whole.clone();
            changed[i] ^= 0x04;
            Files.write(file, changed);
            var seen = false;
            try {
                // Between the fields a blank may become another one; then nothing is said differently.
                seen = !NodeIdentity.read(folder()).orElseThrow().equals(open("engram-0"));
            } catch (DataFolderException e) {
                seen = true;
                assertThat(e).hasMessageContaining(NodeIdentity.FILE);
            }
            if (!seen) {
                assertThat(open("engram-0").nodeId()).isEqualTo("engram-0");
                assertThat(whole[i]).as("byte " + i).isIn((byte) ' ', (byte) '\n', (byte) '\r', (byte) '\t');
            }
            assertThat(Files.readAllBytes(file)).isEqualTo(changed);
        }
        for (int length = 0; length < whole.length - 1; length++) {
            Files.write(file, java.util.Arrays.copyOf(whole, length));
            assertThatThrownBy(() -> open("engram-0"))
                    .as("of length " + length)
                    .isInstanceOf(DataFolderException.class);
        }
    }

    @Test
    void a_newer_format_is_refused_as_such() throws IOException {
        open("engram-0");
        var file = folder().resolve(NodeIdentity.FILE);
        Files.writeString(file, Files.readString(file).replaceFirst("1", "2"));
        assertThatThrownBy(() -> open("engram-0"))
                .hasMessageContaining("format 2")
                .hasMessageContaining("newer");
    }

    @Test
    void a_copy_that_was_not_finished_is_no_data_folder() throws IOException {
        Files.createDirectories(folder());
        Files.writeString(folder().resolve(DataFolder.UNFINISHED), "");
        assertThatThrownBy(() -> open(""))
                .isInstanceOf(DataFolderException.class)
                .hasMessageContaining("not finished");
        assertThat(folder().resolve(NodeIdentity.FILE)).doesNotExist();
    }

    @Test
    void a_folder_is_held_for_reading_without_a_trace_in_it() throws Exception {
        open("");
        var lock = folder().resolve(FolderLock.FILE);
        var before = Files.getLastModifiedTime(lock);
        try (var held = FolderLock.hold(folder())) {
            assertThat(held).isNotNull();
        }
        assertThat(Files.getLastModifiedTime(lock)).isEqualTo(before);
        try (var opened = DataFolder.open(folder(), Optional.empty(), NOW)) {
            assertThat(opened.identity().nodeId()).isNotEmpty();
            assertThatThrownBy(() -> FolderLock.hold(folder()))
                    .isInstanceOf(LogInUseException.class)
                    .hasMessageContaining("process " + ProcessHandle.current().pid());
        }
    }
}
