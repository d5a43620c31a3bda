package io.engram.memory;

import java.util.List;
import java.util.Optional;

/**
 * What can be read of a space at one moment. Immutable for its readers: any thread may use it for as long as it likes,
 * and it shows exactly the state in which it was taken.
 */
public interface EngineView {
    /** The current version of a memory that is neither deleted nor suppressed. */
    Optional<Memory> get(String id);

    /** All versions of such a memory, oldest first; empty when {@link #get} is. */
    List<Memory> history(String id);

    /** Memories that {@code filter} accepts, in the order in which their ids were first stored. */
    MemoryPage list(Filter filter, int offset, int limit);

    /** See {@link SearchQuery}. */
    SearchResult search(SearchQuery query);

    /** See {@link RecallQuery}. */
    RecallResult recall(RecallQuery query);

    /** A memory with the same text but for case, spacing and punctuation, or whose client vector is nearly equal. */
    Optional<Memory> duplicateOf(MemoryBody body);

    /** Up to {@code limit} memories whose text still needs a vector, oldest first. */
    List<Memory> awaitingEmbedding(int limit);

    SpaceStatistics statistics();
}
