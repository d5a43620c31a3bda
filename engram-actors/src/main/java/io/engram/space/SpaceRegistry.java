package io.engram.space;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletionStage;
import java.util.function.Consumer;

/**
 * Which spaces there are, where several nodes share them. Stages fail with an {@link EngramException}. All methods may be called
 * by any thread, and none of them blocks.
 */
public interface SpaceRegistry {
    /**
     * A space that this node may open.
     *
     * @param id its name
     * @param incarnation tells it from others that had the name before
     * @param createdAt when it was created
     * @param log the name of its log, which is its persistence id
     * @param reign the unbroken time during which this node leads the space; what was read in an earlier one may be old
     */
    record Registration(SpaceId id, long incarnation, Instant createdAt, String log, long reign) {}

    /** The space, if there is one; fails with UNAVAILABLE if this node does not lead it. */
    CompletionStage<Optional<Registration>> find(SpaceId space);

    /** Creates the space unless it is there. */
    CompletionStage<Registration> register(SpaceId space);

    /** Deletes it; false if it is not there, or is another one by now. */
    CompletionStage<Boolean> remove(SpaceId space, long incarnation);

    /** The spaces that this node leads. */
    CompletionStage<List<Registration>> led();

    /**
     * The reign under which the space may be shown now, and is up to date; fails with UNAVAILABLE if this node does not lead
     * it.
     *
     * @param strict whether a majority has to say so, even under a lease
     */
    CompletionStage<Long> confirm(SpaceId space, boolean strict);

    /**
     * Completes when every copy in the space's configuration has forced what is committed of it now; fails with OUTCOME_UNKNOWN if
     * that takes too long.
     */
    CompletionStage<Void> everywhere(SpaceId space);

    /**
     * What a copy of a space shows.
     *
     * @param state what {@link io.engram.snapshot.WarmState#view} gave; empty if there is no such space
     * @param lag see {@link ServedBy}
     */
    record Copy(Optional<Object> state, long lag) {}

    /** This node's copy of a space that another node leads; fails with UNAVAILABLE if it has none. */
    CompletionStage<Copy> copy(SpaceId space);

    /** The reign under which this node leads the space now; 0 if it does not. */
    long reign(SpaceId space);

    /** The epoch under which this node leads the space now; empty if it does not. */
    OptionalLong epoch(SpaceId space);

    /** The node that leads the space as far as this one knows, or this node itself if nobody does: where its actor runs. */
    String home(SpaceId space);

    /** This node, as {@link #home} names it. */
    String self();

    /** Which shard a space belongs to. */
    String shard(SpaceId space);

    /** Has a listener called for each shard whose lead this node loses. It must be short. */
    void onLost(Consumer<String> listener);
}
