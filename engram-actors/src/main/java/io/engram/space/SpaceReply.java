package io.engram.space;

/** A space's answer. */
sealed interface SpaceReply {
    /** It is on disk. */
    record Remembered(RememberReceipt receipt) implements SpaceReply {}

    /** It is on disk. */
    record Forgotten(ForgetReceipt receipt) implements SpaceReply {}

    /** The space exists and is readable on its node. */
    record Opened(SpaceInfo info) implements SpaceReply {}

    /** There is no such space. */
    record NotThere() implements SpaceReply {}

    /** The deletion is on disk. */
    record Deleted() implements SpaceReply {}

    /** Not done, and why. */
    record Refused(EngramException reason) implements SpaceReply {}
}
