package io.engram.proof;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Something that keeps texts in spaces and is held to what it answered. */
public interface Target {
    /** What became of a write, as far as the one who asked for it knows. */
    enum Answer {
        /** It was acknowledged: from now on it must be so. */
        DONE,
        /** It was answered with an error, or the answer never came: it may be so or not. */
        OPEN,
        /** Nobody is there any more; for the write itself the same as {@link #OPEN}. */
        GONE,
        /** It was refused in a way that contradicts what was acknowledged before. */
        WRONG
    }

    /**
     * What a write was answered.
     *
     * @param id the id under which the target keeps the text, if it said one
     * @param words what was said, for a report
     */
    record Reply(Answer answer, Optional<String> id, String words) {}

    /**
     * A change to one text.
     *
     * @param token what stands for the text in the ledger, and in the text itself
     * @param id the target's id for it; empty lets the target choose one
     * @param text the new text; empty removes it
     * @param replaces whether a text with this id is there already
     * @param key the same for each try of the same change
     */
    record Change(
            String space, String token, Optional<String> id, Optional<String> text, boolean replaces, String key) {}

    /** A text that is there. */
    record Found(String id, String text) {}

    Reply write(Change change) throws InterruptedException;

    /**
     * What a read saw.
     *
     * @param text empty if there is no text with that id
     */
    record Read(Optional<String> text) {}

    /** What is there under an id now; empty if there was no answer. */
    default Optional<Read> read(String space, String id) throws InterruptedException {
        return Optional.empty();
    }

    /** Everything that is there, by space. */
    Map<String, List<Found>> everything() throws Exception;
}
