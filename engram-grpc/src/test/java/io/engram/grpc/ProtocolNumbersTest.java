package io.engram.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.FileDescriptor;
import io.engram.grpc.v1.EngramService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The protocol files against the table of what clients of engram.v1 count on. */
class ProtocolNumbersTest {
    /** Numbers from here on are this server's own. */
    private static final int ADDED = 100;

    private static final FileDescriptor SERVICE = EngramService.description.descriptor();
    private static final FileDescriptor MEMORY = SERVICE.getDependencies().stream()
            .filter(file -> file.getName().endsWith("memory.proto"))
            .findFirst()
            .orElseThrow();

    private static Set<String> table() throws IOException {
        try (var in = Objects.requireNonNull(ProtocolNumbersTest.class.getResourceAsStream("engram-v1-numbers.txt"))) {
            var lines = new TreeSet<>(new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .filter(line -> !line.startsWith("#"))
                    .toList());
            assertThat(lines).hasSizeGreaterThan(400);
            return lines;
        }
    }

    /** The files in the table's own words. */
    private static Set<String> files() {
        var lines = new TreeSet<String>();
        var service = SERVICE.findServiceByName("EngramService");
        for (var method : service.getMethods()) {
            lines.add("rpc " + method.getName() + " " + (method.isClientStreaming() ? "stream:" : "")
                    + method.getInputType().getName() + " " + (method.isServerStreaming() ? "stream:" : "")
                    + method.getOutputType().getName());
        }
        for (var file : List.of(MEMORY, SERVICE)) {
            file.getMessageTypes().forEach(message -> describe(message, lines));
            file.getEnumTypes().forEach(type -> describe(type, type.getName(), lines));
        }
        return lines;
    }

    private static void describe(Descriptor message, Set<String> lines) {
        if (message.getFields().isEmpty()) {
            lines.add("message " + message.getName());
        }
        for (var field : message.getFields()) {
            var oneof = field.getRealContainingOneof();
            lines.add("field " + message.getName() + " " + field.getNumber() + " " + field.getName() + " " + type(field)
                    + (oneof == null ? "" : " oneof:" + oneof.getName()));
        }
        message.getEnumTypes().forEach(type -> describe(type, message.getName() + "." + type.getName(), lines));
    }

    private static void describe(EnumDescriptor type, String name, Set<String> lines) {
        type.getValues().forEach(value -> lines.add("enum " + name + " " + value.getNumber() + " " + value.getName()));
    }

    private static String type(FieldDescriptor field) {
        if (field.isMapField()) {
            var entry = field.getMessageType();
            return "map<" + type(entry.findFieldByNumber(1)) + "," + type(entry.findFieldByNumber(2)) + ">";
        }
        var single = switch (field.getType()) {
            case MESSAGE -> field.getMessageType().getName();
            case ENUM -> {
                var outer = field.getEnumType().getContainingType();
                yield (outer == null ? "" : outer.getName() + ".")
                        + field.getEnumType().getName();
            }
            default -> field.getType().name().toLowerCase(Locale.ROOT);
        };
        return (field.isRepeated() ? "repeated:" : "") + single;
    }

    @Test
    void every_number_that_clients_count_on_is_kept() throws IOException {
        var missing = new TreeSet<>(table());
        missing.removeAll(files());
        assertThat(missing).isEmpty();
    }

    @Test
    void everything_else_has_a_number_of_its_own_range() throws IOException {
        var added = new TreeSet<>(files());
        added.removeAll(table());
        var wrong = new ArrayList<String>();
        for (var line : added) {
            var word = line.split(" ");
            var wholeType = Set.of("ItemError", "Recollection", "Recollection.Kind", "ScoreParts")
                    .contains(word[1]);
            if (!wholeType && !(word[0].equals("field") && Integer.parseInt(word[2]) >= ADDED)) {
                wrong.add(line);
            }
        }
        assertThat(wrong).isEmpty();
    }

    @Test
    void the_service_and_its_package_have_their_names() {
        assertThat(EngramService.name).isEqualTo("engram.v1.EngramService");
        assertThat(SERVICE.getName()).isEqualTo("engram/v1/service.proto");
        assertThat(MEMORY.getName()).isEqualTo("engram/v1/memory.proto");
        assertThat(MEMORY.getPackage()).isEqualTo("engram.v1");
    }
}
