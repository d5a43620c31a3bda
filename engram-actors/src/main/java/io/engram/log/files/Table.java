package io.engram.log.files;

import io.engram.log.files.DamagedBlock.Part;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;

/**
 * One of LevelDB's tables, which never change once they are written:
 *
 * <pre>
 * data blocks  index of filters  index        each a {@link Block}
 * footer (48): place of the index of filters, place of the index, zeros up to byte 40, magic number (8, little-endian)
 * </pre>
 *
 * A place is offset and length (varints), the length without the block's trailer. The index has for each data block a key that
 * is at or behind its last one and before the next one's first, with the block's place. Blocks are read one by one, each through
 * a handle of its own, so that thousands of tables can be in use.
 */
public final class Table {
    static final int FOOTER_BYTES = 48;

    private static final int ZEROS_AT_ONCE = 1 << 16;
    private static final long MAGIC = 0xdb4775248b80fb57L;

    /** Reads from the file. */
    private interface Bytes {
        byte[] read(long offset, int length) throws IOException, BadBytesException;
    }

    /** Where a block is, without its trailer. */
    record Place(long offset, int bytes) {
        static Place read(ByteBuffer from) throws BadBytesException {
            var offset = Varints.read(from);
            var bytes = Varints.read(from);
            if (offset < 0 || bytes < 0 || bytes > Integer.MAX_VALUE - Block.TRAILER_BYTES) {
                throw new BadBytesException(0, "a place that cannot be");
            }
            return new Place(offset, (int) bytes);
        }

        byte[] written() {
            var written = new ByteArrayOutputStream();
            Varints.write(written, offset);
            Varints.write(written, bytes);
            return written.toByteArray();
        }
    }

    /**
     * A data block by its entry in the index.
     *
     * @param after the key in the index before, empty for the first block
     * @param upTo the key in the index
     * @param key the key in the index as it stands there, with LevelDB's trailer
     */
    record BlockAt(Place place, byte[] after, byte[] upTo, byte[] key) {}

    private final Path file;
    private final Bytes bytes;
    private final Place metaIndex;
    private final Place index;
    private final List<BlockAt> blocks;

    private Table(Path file, Bytes bytes, Place metaIndex, Place index, List<BlockAt> blocks) {
        this.file = file;
        this.bytes = bytes;
        this.metaIndex = metaIndex;
        this.index = index;
        this.blocks = blocks;
    }

    /** Reads footer and index of the table, which LevelDB knows by its size, too. */
    static Table open(Path file, long size) throws IOException, BadBytesException {
        return open(file, size, perBlock(file));
    }

    private static Bytes perBlock(Path file) {
        return (offset, length) -> {
            try (var channel = FileChannel.open(file)) {
                return read(channel, offset, length);
            }
        };
    }

    private static Table open(Path file, long size, Bytes bytes) throws IOException, BadBytesException {
        if (size < FOOTER_BYTES) {
            throw new BadFooter(0, "a table of %d bytes".formatted(size));
        }
        var footerAt = size - FOOTER_BYTES;
        var footer = ByteBuffer.wrap(bytes.read(footerAt, FOOTER_BYTES)).order(ByteOrder.LITTLE_ENDIAN);
        Place metaIndex;
        Place index;
        try {
            metaIndex = Place.read(footer);
            index = Place.read(footer);
        } catch (BufferUnderflowException | BadBytesException e) {
            throw new BadFooter(footerAt, "the footer cannot be read");
        }
        if (footer.getLong(FOOTER_BYTES - 8) != MAGIC
                || !fits(metaIndex, footerAt)
                || !fits(index, footerAt)
                || footer.position() > FOOTER_BYTES - 8) {
            throw new BadFooter(footerAt, "the footer is none");
        }
        var blocks = new ArrayList<BlockAt>();
        try {
            var after = new byte[0];
            for (var slot : Block.read(block(bytes, index))) {
                var place = Place.read(ByteBuffer.wrap(slot.value()));
                if (!fits(place, footerAt)) {
                    throw new BadBytesException(0, "a place behind the end");
                }
                var upTo = InternalKey.of(slot.key()).user();
                blocks.add(new BlockAt(place, after, upTo, slot.key()));
                after = upTo;
            }
        } catch (BufferUnderflowException | BadBytesException e) {
            throw new BadBytesException(index.offset(), "the index cannot be read: " + e.getMessage());
        }
        return new Table(file, bytes, metaIndex, index, List.copyOf(blocks));
    }

    /** A table of which only the data blocks that show themselves can be read; see {@link TableScan}. */
    static Table scanned(Path file) throws IOException {
        var nowhere = new Place(0, 0);
        return new Table(file, perBlock(file), nowhere, nowhere, TableScan.blocksIn(Files.readAllBytes(file)));
    }

    /** The footer is wrong, so that nothing is known of the rest. */
    private static final class BadFooter extends BadBytesException {
        BadFooter(long offset, String message) {
            super(offset, message);
        }
    }

    /** A footer for these places. */
    static byte[] footer(Place metaIndex, Place index) {
        return ByteBuffer.allocate(FOOTER_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(metaIndex.written())
                .put(index.written())
                .putLong(FOOTER_BYTES - 8, MAGIC)
                .array();
    }

    private static boolean fits(Place place, long end) {
        return place.offset() <= end - place.bytes() - Block.TRAILER_BYTES;
    }

    private static byte[] read(FileChannel channel, long offset, int length) throws IOException, BadBytesException {
        var buffer = ByteBuffer.allocate(length);
        while (buffer.hasRemaining()) {
            if (channel.read(buffer, offset + buffer.position()) < 0) {
                throw new BadBytesException(offset, "the file ends too early");
            }
        }
        return buffer.array();
    }

    private static byte[] block(Bytes bytes, Place place) throws IOException, BadBytesException {
        return Block.unsealed(bytes.read(place.offset(), place.bytes() + Block.TRAILER_BYTES));
    }

    Path file() {
        return file;
    }

    Place index() {
        return index;
    }

    Place metaIndex() {
        return metaIndex;
    }

    List<BlockAt> blocks() {
        return blocks;
    }

    /** The changes in a block, in order. */
    List<Op> ops(BlockAt block) throws IOException, BadBytesException {
        try {
            var ops = Block.ops(block(bytes, block.place()));
            // A block that was written to another place has a right checksum, too.
            for (var i = 0; i < ops.size(); i++) {
                var key = ops.get(i).key();
                if (i > 0 && Op.ORDER.compare(ops.get(i - 1), ops.get(i)) >= 0
                        || Arrays.compareUnsigned(key, block.upTo()) > 0
                        || block.after().length > 0 && Arrays.compareUnsigned(key, block.after()) < 0) {
                    throw new BadBytesException(0, "a block with keys that do not belong there");
                }
            }
            return ops;
        } catch (BadBytesException e) {
            throw new BadBytesException(block.place().offset(), e.text());
        }
    }

    /** What can be read of a damaged block's entries; see {@link Block#entriesIn}. */
    List<Block.Found> entriesIn(BlockAt block) throws IOException {
        try {
            return Block.entriesIn(
                            bytes.read(block.place().offset(), block.place().bytes()))
                    .stream()
                    .filter(found -> Arrays.compareUnsigned(found.op().key(), block.upTo()) <= 0
                            && (block.after().length == 0
                                    || Arrays.compareUnsigned(found.op().key(), block.after()) >= 0))
                    .toList();
        } catch (BadBytesException e) {
            return List.of();
        }
    }

    /** What can be read of a damaged block, in its order. */
    List<BlockSalvage.Piece> piecesOf(BlockAt block) throws IOException {
        try {
            return BlockSalvage.of(
                    bytes.read(block.place().offset(), block.place().bytes()));
        } catch (BadBytesException e) {
            return List.of(new BlockSalvage.Unknown());
        }
    }

    DamagedBlock damaged(BlockAt block, BadBytesException e) {
        return new DamagedBlock(
                file,
                block.place().offset(),
                block.place().bytes() + (long) Block.TRAILER_BYTES,
                Part.DATA,
                block.after(),
                block.upTo(),
                e.text());
    }

    /**
     * The tables that LevelDB uses in a folder, by its manifest, which it may be writing to meanwhile.
     *
     * @throws IOException also if the manifest is damaged
     */
    public static List<Path> inUse(Path folder) throws IOException {
        try {
            var files = FolderFiles.in(folder);
            return Manifest.read(files).tables().stream()
                    .flatMap(table -> Optional.ofNullable(files.tables().get(table.number())).stream())
                    .toList();
        } catch (BadBytesException e) {
            throw new IOException("the tables in use in %s are not known: %s".formatted(folder, e.text()), e);
        }
    }

    /**
     * Reads a table that is in use, every block of it, and says which are damaged. LevelDB removes tables at any time: one that
     * is gone has no damage. A table that is still being written has no footer yet, so give this only what is {@link #inUse}.
     *
     * @param bytesRead is told the length of each part before it is read, and may wait to hold the rate down
     */
    public static List<DamagedBlock> check(Path file, LongConsumer bytesRead) throws IOException {
        try {
            return check(file, usedBytes(file, FOOTER_BYTES), bytesRead);
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    /**
     * The size of a table's file without zeros at its end, but no less than {@code least} if it has that. LevelDB gives a file
     * more room while it writes, and a power cut can bring that back.
     */
    static long usedBytes(Path file, long least) throws IOException {
        try (var channel = FileChannel.open(file)) {
            var size = channel.size();
            while (size > least) {
                var length = (int) Math.min(ZEROS_AT_ONCE, size - least);
                var used = Fragments.usedBytes(read(channel, size - length, length));
                if (used > 0) {
                    return size - length + used;
                }
                size -= length;
            }
            return size;
        } catch (BadBytesException e) {
            throw new IOException("%s became shorter while it was read".formatted(file), e);
        }
    }

    /** As {@link #check(Path, LongConsumer)}, for a table that must have this size. */
    static List<DamagedBlock> check(Path file, long size, LongConsumer bytesRead) throws IOException {
        // One handle for all of it: a file that is removed meanwhile can be read to its end.
        try (var channel = FileChannel.open(file)) {
            Bytes bytes = (offset, length) -> {
                bytesRead.accept(length);
                return read(channel, offset, length);
            };
            try {
                return open(file, size, bytes).check();
            } catch (BadFooter e) {
                return List.of(DamagedBlock.of(file, e.offset(), FOOTER_BYTES, Part.FOOTER, e.text()));
            } catch (BadBytesException e) {
                return List.of(
                        DamagedBlock.of(file, e.offset(), size - FOOTER_BYTES - e.offset(), Part.INDEX, e.text()));
            }
        } catch (NoSuchFileException e) {
            return List.of();
        }
    }

    private List<DamagedBlock> check() throws IOException {
        var damaged = new ArrayList<DamagedBlock>();
        for (var block : blocks) {
            try {
                ops(block);
            } catch (BadBytesException e) {
                damaged.add(damaged(block, e));
            }
        }
        try {
            Block.read(block(bytes, metaIndex));
        } catch (BadBytesException e) {
            damaged.add(DamagedBlock.of(
                    file, metaIndex.offset(), metaIndex.bytes() + Block.TRAILER_BYTES, Part.META_INDEX, e.text()));
        }
        return damaged;
    }
}
