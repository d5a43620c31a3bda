package io.engram.log.files;

import java.nio.file.Path;

/**
 * A part of a table that is not what LevelDB wrote.
 *
 * @param offset where it begins in the file
 * @param bytes how long it is
 * @param part what it is
 * @param after every key in it is greater than this, unless it is empty; known for {@link Part#DATA} alone
 * @param upTo and no key in it is greater than this; empty if that is not known
 * @param cause in words, for people
 */
public record DamagedBlock(Path file, long offset, long bytes, Part part, byte[] after, byte[] upTo, String cause) {
    /** The parts of a table. */
    public enum Part {
        /** Keys and values. */
        DATA,
        /** Where the data blocks are. */
        INDEX,
        /** What filters there are; none with our settings. */
        META_INDEX,
        /** Where the index is. */
        FOOTER
    }

    private static final byte[] UNKNOWN = {};

    static DamagedBlock of(Path file, long offset, long bytes, Part part, String cause) {
        return new DamagedBlock(file, offset, bytes, part, UNKNOWN, UNKNOWN, cause);
    }

    /** For people. */
    public String text() {
        return "%s: %s at offset %d, %d bytes: %s".formatted(FolderFiles.nameOf(file), name(), offset, bytes, cause);
    }

    private String name() {
        return switch (part) {
            case DATA -> "a data block";
            case INDEX -> "the index";
            case META_INDEX -> "the index of filters";
            case FOOTER -> "the footer";
        };
    }
}
