package io.engram.log.files;

import io.engram.log.format.Keys;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.Predicate;

/** A place between two whole records of the write-ahead logs where changes are damaged or missing. */
final class Hole implements ReadLog.Stretch {
    /** A key that is never put: log numbers begin at 1. */
    private static final byte[] NOBODYS = Keys.pending(0, 0);

    private final Path file;
    private final int from;
    private final int to;
    private final Claim claim;
    private List<Op> found;
    private OptionalLong before = OptionalLong.empty();
    private OptionalLong after = OptionalLong.empty();
    private List<Op> kept = List.of();
    private int keptChanges;

    /**
     * @param from the offset in the file
     * @param to where it ends; {@code from} if nothing is there but the sequences on both sides do not meet
     * @param claim what its first bytes say
     * @param found the puts in it that pass their own checks, without sequences
     */
    Hole(Path file, int from, int to, Claim claim, List<Op> found) {
        this.claim = claim;
        this.file = file;
        this.from = from;
        this.to = to;
        this.found = List.copyOf(found);
    }

    /** A batch's header, if bytes of which nothing is certain are one. */
    record Claim(long sequence, int changes) {
        static final Claim NONE = new Claim(0, 0);

        static Claim in(byte[] content) {
            if (content.length < WriteBatch.HEADER_BYTES) {
                return NONE;
            }
            var header = ByteBuffer.wrap(content).order(ByteOrder.LITTLE_ENDIAN);
            return new Claim(header.getLong(0), header.getInt(Long.BYTES));
        }
    }

    /**
     * For a hole with nothing before it: takes the sequence in its own first bytes for certain if something else bears it out.
     *
     * @param earlier the last sequence that the manifest knows, above which no change before the hole is
     */
    void trustClaim(long earlier) {
        if (before.isEmpty()
                && after.isPresent()
                && (claim.sequence == earlier + 1
                        || claim.sequence <= earlier && claim.sequence + claim.changes == after.getAsLong())) {
            before = OptionalLong.of(claim.sequence - 1);
        }
    }

    Path file() {
        return file;
    }

    int from() {
        return from;
    }

    int to() {
        return to;
    }

    int bytes() {
        return to - from;
    }

    boolean isJump() {
        return from == to;
    }

    List<Op> found() {
        return found;
    }

    /** Forgets what was found but does not belong here, and says whether there was any. */
    boolean forgetUnless(Predicate<Op> belongs) {
        var left = found.stream().filter(belongs).toList();
        var anyForgotten = left.size() < found.size();
        found = left;
        return anyForgotten;
    }

    /** Whether more was found than there was room for. */
    boolean isOverfull() {
        return changes().isPresent() && changes().getAsLong() < found.size();
    }

    /** The last sequence before the hole. */
    void setBefore(OptionalLong sequence) {
        before = sequence;
    }

    /** The first sequence behind the hole. */
    void setAfter(long sequence) {
        after = OptionalLong.of(sequence);
    }

    boolean hasEnd() {
        return after.isPresent();
    }

    /**
     * Shares the room between holes that stand side by side, which have the same sides: all but the last get just what was found
     * in them.
     */
    static void share(List<Hole> holes) {
        for (var i = 1; i < holes.size(); i++) {
            var left = holes.get(i - 1);
            var right = holes.get(i);
            if (left.before.isPresent() && left.before.equals(right.before)) {
                right.before = OptionalLong.of(left.before.getAsLong() + left.found.size());
                left.after = OptionalLong.of(right.before.getAsLong() + 1);
                for (var further = i + 1;
                        further < holes.size() && holes.get(further).before.equals(left.before);
                        further++) {
                    holes.get(further).before = right.before;
                }
            }
        }
        for (var i = holes.size() - 1; i > 0; i--) {
            var left = holes.get(i - 1);
            var right = holes.get(i);
            if (left.before.isEmpty() && right.before.isEmpty() && right.after.isPresent()) {
                left.after = OptionalLong.of(right.after.getAsLong() - right.found.size());
            }
        }
    }

    /** How many changes were in it, if both sides are known. */
    OptionalLong changes() {
        return before.isPresent() && after.isPresent()
                ? OptionalLong.of(after.getAsLong() - before.getAsLong() - 1)
                : OptionalLong.empty();
    }

    /** What the hole is replaced with, with sequences. */
    List<Op> kept() {
        return kept;
    }

    /**
     * Gives what shall stand in the hole sequences that fit in.
     *
     * @param floor a sequence above which nothing else has one, for a hole that has no sides
     * @return false if there are too few, and nothing was kept
     */
    boolean keep(List<Op> ops, long floor) {
        var room = changes();
        if (room.isPresent() && room.getAsLong() < ops.size()) {
            return false;
        }
        var sequence = before.isPresent()
                ? before.getAsLong() + 1
                : after.isPresent() ? after.getAsLong() - ops.size() : floor;
        var numbered = new ArrayList<Op>();
        for (var op : ops) {
            numbered.add(op.at(sequence++));
        }
        // What is lost leaves no jump behind, or the next damage could not be counted. Each lost change had some bytes
        // here.
        var free = room.orElse(ops.size()) - ops.size();
        for (var i = 0; i < free && free <= bytes(); i++) {
            numbered.add(Op.delete(sequence++, NOBODYS));
        }
        kept = List.copyOf(numbered);
        keptChanges = ops.size();
        return true;
    }

    /** How many changes are kept; {@link #kept} has more where others are lost. */
    int keptChanges() {
        return keptChanges;
    }

    String text() {
        return isJump()
                ? "%s, offset %d".formatted(FolderFiles.nameOf(file), from)
                : "%s, offset %d to %d".formatted(FolderFiles.nameOf(file), from, to);
    }
}
