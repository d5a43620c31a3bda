package io.engram.catalog;

/**
 * Which of one originator's edits are decided: the highest number, and for it and the 63 before it one bit each.
 *
 * @param highest the highest number that is decided
 * @param decided bit i stands for the number {@code highest - i}: whether it is decided; bit 0 always is
 * @param refused of the decided ones, those that were refused
 * @param floor edits of this originator whose known version is below were perhaps decided and forgotten
 * @param version of the document in which the last of them was decided
 */
public record EditMark(long highest, long decided, long refused, long floor, long version) {
    static final int WINDOW = Long.SIZE;

    public EditMark {
        if (highest < 1 || (decided & 1) == 0 || (refused & ~decided) != 0 || floor < 0 || version < floor) {
            throw new IllegalArgumentException(
                    "no mark of decided edits: %d %x %x %d %d".formatted(highest, decided, refused, floor, version));
        }
    }

    static EditMark first(long number, boolean refused, long floor, long version) {
        return new EditMark(number, 1, refused ? 1 : 0, floor, version);
    }

    /** With one more decided. It must not be decided yet, and must not be too old. */
    EditMark with(long number, boolean wasRefused, long atVersion) {
        var up = number - highest;
        if (up <= 0) {
            var bit = 1L << -up;
            return new EditMark(highest, decided | bit, wasRefused ? refused | bit : refused, floor, atVersion);
        }
        return new EditMark(
                number,
                (up < WINDOW ? decided << up : 0) | 1,
                (up < WINDOW ? refused << up : 0) | (wasRefused ? 1 : 0),
                floor,
                atVersion);
    }

    EditLedger.Standing standing(long number) {
        var down = highest - number;
        if (down < 0) {
            return EditLedger.Standing.NEW;
        }
        if (down >= WINDOW) {
            return EditLedger.Standing.FORGOTTEN;
        }
        var bit = 1L << down;
        if ((decided & bit) == 0) {
            return EditLedger.Standing.NEW;
        }
        return (refused & bit) == 0 ? EditLedger.Standing.APPLIED : EditLedger.Standing.REFUSED;
    }
}
