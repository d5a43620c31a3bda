package io.engram.space;

import io.engram.memory.Filter;
import io.engram.memory.Memory;
import io.engram.memory.MemoryPage;
import io.engram.memory.RecallQuery;
import io.engram.memory.RecallResult;
import io.engram.memory.SearchQuery;
import io.engram.memory.SearchResult;
import io.engram.memory.SpaceStatistics;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * The one way into the spaces, used by every door. Nothing here blocks; a stage fails with an {@link
 * EngramException}; any other failure is a bug. A read of a space that does not exist answers as empty and creates nothing; a
 * write creates the space. A read sees every write that was acknowledged before it began.
 */
public interface SpaceClient {
    /**
     * The same spaces on other terms.
     *
     * @param servedBy told, before an answer is given, which node gave it; by a node on its own never
     */
    default SpaceClient on(RequestTerms terms, Consumer<ServedBy> servedBy) {
        return this;
    }

    /** Completes once the memory is durable. */
    CompletionStage<RememberReceipt> remember(SpaceId space, RememberRequest request);

    /** As many single requests, which share forced writes; one result for each item, in order. Not atomic. */
    CompletionStage<List<BulkResult>> rememberAll(SpaceId space, List<RememberRequest> requests);

    /** Completes once it is durable; fails with NOT_FOUND for an unknown, deleted or (suppress) suppressed memory. */
    CompletionStage<ForgetReceipt> forget(SpaceId space, ForgetRequest request);

    CompletionStage<Optional<Memory>> get(SpaceId space, String id);

    /** All versions, oldest first; empty for an unknown id. */
    CompletionStage<List<Memory>> history(SpaceId space, String id);

    CompletionStage<MemoryPage> list(SpaceId space, Filter filter, int offset, int limit);

    /** Adds the meaning of the cue's text where this node has a model. */
    CompletionStage<RecallAnswer<SearchResult>> search(SpaceId space, SearchQuery query);

    /** Adds the meaning of the cue's text where this node has a model. */
    CompletionStage<RecallAnswer<RecallResult>> recall(SpaceId space, RecallQuery query);

    CompletionStage<SpaceStatistics> statistics(SpaceId space);

    /** What a space is asked for on this node; empty where that is not known, such as of a space that was not used here. */
    default Optional<SpaceLoad> load(SpaceId space) {
        return Optional.empty();
    }

    /** Every space that exists, by id. */
    CompletionStage<List<SpaceInfo>> spaces();

    /** Creates a space, or returns the one that is there. */
    CompletionStage<SpaceInfo> createSpace(SpaceId space);

    /** Deletes a space with everything in it; false if there was none. */
    CompletionStage<Boolean> deleteSpace(SpaceId space);
}
