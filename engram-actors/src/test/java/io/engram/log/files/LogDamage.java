package io.engram.log.files;

import java.util.BitSet;
import java.util.List;
import java.util.Random;

/** Damages bytes of a file, in every way that disks and memories do. */
final class LogDamage {
    private final Random random;
    private final byte[] file;
    private final LogLayout layout;
    private final int from;
    private final int to;
    private final StringBuilder words = new StringBuilder();

    /**
     * @param from where the damage may begin
     * @param to before which it must end
     */
    LogDamage(Random random, byte[] file, LogLayout layout, int from, int to) {
        this.random = random;
        this.file = file;
        this.layout = layout;
        this.from = from;
        this.to = to;
    }

    String words() {
        return words.toString();
    }

    void once() {
        switch (random.nextInt(9)) {
            case 0 -> zeros(512);
            case 1 -> zeros(4096);
            case 2 -> garbage(1 + random.nextInt(600));
            case 3 -> stale(512);
            case 4 -> flip(from + random.nextInt(to - from), "anywhere");
            default -> flipInPart();
        }
    }

    /** Flips a bit in a part of a record that is chosen first, since most bytes are content. */
    private void flipInPart() {
        var inside = layout.records.stream()
                .filter(record -> record.from() >= from && record.to() <= to)
                .toList();
        if (inside.isEmpty()) {
            return;
        }
        var record = inside.get(random.nextInt(inside.size()));
        var placed = record.ops().get(random.nextInt(record.ops().size()));
        var bytes = placed.bytes().stream().toArray();
        var key = placed.op().key().length;
        switch (random.nextInt(6)) {
            case 0 -> flip(record.from() + random.nextInt(Fragments.HEADER_BYTES), "a fragment's header");
            case 1 ->
                flip(
                        Math.min(
                                to - 1,
                                record.from() + Fragments.HEADER_BYTES + random.nextInt(WriteBatch.HEADER_BYTES)),
                        "a batch's header");
            case 2 -> flip(bytes[random.nextInt(2)], "a change's type or key's length");
            case 3 -> flip(bytes[2 + random.nextInt(key)], "a key");
            case 4 -> flip(bytes[bytes.length - 1 - random.nextInt(Math.min(28, bytes.length))], "a trailer");
            default -> flip(bytes[random.nextInt(bytes.length)], "a change");
        }
    }

    private void flip(int position, String where) {
        file[position] ^= (byte) (1 << random.nextInt(8));
        words.append("bit flipped in %s at %d; ".formatted(where, position));
    }

    private void zeros(int sector) {
        var first = (from + sector - 1) / sector;
        var count = to / sector - first;
        if (count > 0) {
            var at = (first + random.nextInt(count)) * sector;
            java.util.Arrays.fill(file, at, at + sector, (byte) 0);
            words.append("%d bytes zeroed at %d; ".formatted(sector, at));
        }
    }

    private void garbage(int length) {
        if (to - from > length) {
            var at = from + random.nextInt(to - from - length);
            var bytes = new byte[length];
            random.nextBytes(bytes);
            System.arraycopy(bytes, 0, file, at, length);
            words.append("%d random bytes at %d; ".formatted(length, at));
        }
    }

    /** A sector of the same file that was written to the wrong place. */
    private void stale(int sector) {
        var first = (from + sector - 1) / sector;
        var count = to / sector - first;
        if (count > 1) {
            var at = (first + 1 + random.nextInt(count - 1)) * sector;
            var source = (first + random.nextInt(at / sector - first)) * sector;
            System.arraycopy(file, source, file, at, sector);
            words.append("%d bytes of %d again at %d; ".formatted(sector, source, at));
        }
    }

    static BitSet changed(byte[] before, byte[] after, int shift) {
        var changed = new BitSet();
        for (var i = 0; i < before.length; i++) {
            if (before[i] != after[i]) {
                changed.set(shift + i);
            }
        }
        return changed;
    }

    static boolean hits(BitSet changed, BitSet bytes) {
        return changed.intersects(bytes);
    }

    static List<LogLayout.Record> damaged(LogLayout layout, BitSet changed) {
        return layout.records.stream()
                .filter(record -> hits(changed, record.bytes()))
                .toList();
    }
}
