package io.engram.node;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.engram.disk.Durable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.UUID;
import java.util.zip.CRC32C;

/**
 * Whose a data folder is. It stands in a file of the folder's own, so that a folder cannot be taken for another one.
 *
 * @param nodeId the node's name, configured or drawn once
 * @param incarnation drawn when the folder was made: a node that lost its disk is another one under the same name
 * @param createdAt when the folder was made
 */
public record NodeIdentity(String nodeId, UUID incarnation, Instant createdAt) {
    /** The file's name in the data folder. */
    public static final String FILE = "node.json";

    private static final int FORMAT = 1;
    private static final ObjectMapper JSON = new ObjectMapper();

    /** A new one, for a folder that is made now. */
    public static NodeIdentity draw(Optional<String> nodeId, Instant now) {
        var incarnation = UUID.randomUUID();
        return new NodeIdentity(
                nodeId.orElseGet(() -> "node-" + UUID.randomUUID().toString().substring(0, 8)),
                incarnation,
                now.truncatedTo(ChronoUnit.MILLIS));
    }

    NodeIdentity withNodeId(String name) {
        return new NodeIdentity(name, incarnation, createdAt);
    }

    /** Whether a data folder has one, damaged or not. */
    static boolean isIn(Path dataFolder) {
        return Files.exists(dataFolder.resolve(FILE));
    }

    /**
     * Reads the file of a data folder.
     *
     * @return empty if there is none
     * @throws DataFolderException if it is damaged, or of a format that this version does not know
     */
    public static Optional<NodeIdentity> read(Path dataFolder) {
        var file = dataFolder.resolve(FILE);
        if (!isIn(dataFolder)) {
            return Optional.empty();
        }
        try {
            var root = JSON.readTree(Files.readAllBytes(file));
            int format = root.path("format").asInt(-1);
            if (format > FORMAT) {
                throw new DataFolderException(
                        "%s has format %d, and this version of Engram knows up to %d: it was written"
                                        .formatted(file, format, FORMAT)
                                + " by a newer one");
            }
            var identity = new NodeIdentity(
                    text(root, "node_id"),
                    UUID.fromString(text(root, "incarnation")),
                    Instant.parse(text(root, "created_at")));
            if (format != FORMAT || !identity.checksum().equals(text(root, "crc32c"))) {
                throw damaged(file, "it is not what was written");
            }
            return Optional.of(identity);
        } catch (JsonProcessingException | IllegalArgumentException | DateTimeParseException e) {
            throw damaged(
                    file, String.valueOf(e.getMessage()).lines().findFirst().orElse("it cannot be read"));
        } catch (IOException e) {
            throw new DataFolderException("%s cannot be read: %s".formatted(file, e));
        }
    }

    private static DataFolderException damaged(Path file, String why) {
        return new DataFolderException(
                ("%s is damaged (%s): it says whose this data folder is, and nothing is done to the folder without it."
                    + " Put back a copy of the file, or copy the folder with engram validate data --repair --to DIR,"
                    + " which gives the copy an identity of its own")
                        .formatted(file, why));
    }

    private static String text(JsonNode root, String name) {
        var value = root.path(name);
        if (!value.isTextual() || value.asText().isEmpty()) {
            throw new IllegalArgumentException(name + " is missing");
        }
        return value.asText();
    }

    /** Writes the file so that it is there whole, and after a power cut as well, or not at all. */
    public void write(Path dataFolder) throws IOException {
        var root = JSON.createObjectNode()
                .put("format", FORMAT)
                .put("node_id", nodeId)
                .put("incarnation", incarnation.toString())
                .put("created_at", createdAt.toString())
                .put("crc32c", checksum());
        var temporary = dataFolder.resolve(FILE + ".tmp");
        var bytes = ByteBuffer.wrap((root.toPrettyString() + "\n").getBytes(StandardCharsets.UTF_8));
        try (var channel = FileChannel.open(
                temporary, StandardOpenOption.CREATE, StandardOpenOption.TRUNCATE_EXISTING, StandardOpenOption.WRITE)) {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
            channel.force(true);
        }
        Durable.move(temporary, dataFolder.resolve(FILE));
    }

    /** Over everything that is said, so that a changed byte is seen. */
    private String checksum() {
        var sum = new CRC32C();
        sum.update("%d\n%s\n%s\n%s"
                .formatted(FORMAT, nodeId, incarnation, createdAt)
                .getBytes(StandardCharsets.UTF_8));
        return "%08x".formatted(sum.getValue());
    }
}
