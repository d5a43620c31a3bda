package io.engram.space;

import java.util.List;

/** The directory's answer. */
sealed interface DirectoryReply {
    /** The space exists. */
    record Exists(SpaceRecord space) implements DirectoryReply {}

    /** It does not. */
    record Absent() implements DirectoryReply {}

    /** Its removal is durable. */
    record Removed() implements DirectoryReply {}

    /** It was not done, and why; OUTCOME_UNKNOWN if it may have been all the same. */
    record Refused(EngramException reason) implements DirectoryReply {}

    /** All spaces, by id. */
    record Listing(List<SpaceRecord> spaces) implements DirectoryReply {}
}
