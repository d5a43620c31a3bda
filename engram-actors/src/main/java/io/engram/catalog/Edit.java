package io.engram.catalog;

import java.util.List;
import java.util.Optional;

/**
 * A change of the catalog. An edit is a pure function of the document: it says what it expects and is refused, as a whole,
 * where that does not hold. So whoever proposes a new epoch for a shard names the epoch that he has seen, and of two who saw
 * the same one only the first succeeds; the other is refused and finds the winner in the document.
 *
 * @see DocumentDraft what each of them does
 */
public sealed interface Edit {
    /** Changes nothing. It is still entered as decided: whoever sees it decided knows that what he sent before is settled. */
    record Nothing() implements Edit {}

    /**
     * A node comes in, or comes back with another data folder.
     *
     * @param node as it will stand there
     * @param replaces the incarnation that stands under its name now; absent if none does
     */
    record JoinNode(NodeEntry node, Optional<Incarnation> replaces) implements Edit {}

    /**
     * A node's labels, addresses and state.
     *
     * @param node as it will stand there; its id and incarnation must be what stands there now
     */
    record UpdateNode(NodeEntry node) implements Edit {}

    /**
     * Whether a node is up, down or leaving.
     *
     * @param node its id
     * @param incarnation the one that is meant
     * @param state from now on
     */
    record SetNodeState(String node, Incarnation incarnation, NodeState state) implements Edit {}

    /**
     * A node is gone for good. Refused while it is a voter or holds a shard.
     *
     * @param node its id
     * @param incarnation the one that is meant
     */
    record RemoveNode(String node, Incarnation incarnation) implements Edit {}

    /**
     * Another configuration for a shard, at the next epoch. It is opening until it is activated; the last active one stays
     * recorded.
     *
     * @param shard its number
     * @param expectedEpoch its epoch now; 0 for a bucket's shard that has no configuration yet
     * @param primary of epoch {@code expectedEpoch + 1}
     * @param replicas without the primary
     */
    record ProposeShard(long shard, long expectedEpoch, Incarnation primary, List<Incarnation> replicas)
            implements Edit {
        public ProposeShard {
            replicas = List.copyOf(replicas);
            if (shard < 0 || expectedEpoch < 0) {
                throw new IllegalArgumentException("shard %d at epoch %d".formatted(shard, expectedEpoch));
            }
        }
    }

    /**
     * A configuration has copied what it must hold, and may acknowledge.
     *
     * @param shard its number
     * @param epoch the epoch that is to be active; it must be the newest and opening
     */
    record ActivateShard(long shard, long epoch) implements Edit {}

    /**
     * A shard that was made for one space is gone for good. Refused while the space is pinned.
     *
     * @param shard its number
     * @param expectedEpoch its epoch now
     */
    record RemoveShard(long shard, long expectedEpoch) implements Edit {}

    /**
     * A shard of its own for a space, opening at epoch 1. Its number is the next free one; the pin says which it was.
     *
     * @param source where the space is now
     * @param home id of the node where it should stay
     * @param reason in the operator's words
     * @param expiresAtMillis when the pin ends by itself, in milliseconds since 1970
     * @param primary of epoch 1
     * @param replicas without the primary
     */
    record PinSpace(
            ShardSource source,
            String home,
            String reason,
            Optional<Long> expiresAtMillis,
            Incarnation primary,
            List<Incarnation> replicas)
            implements Edit {
        public PinSpace {
            replicas = List.copyOf(replicas);
        }
    }

    /**
     * Another home, reason or end for a pin.
     *
     * @param pin as it will stand there; its space and shard must be what stands there now
     */
    record UpdatePin(Pin pin) implements Edit {}

    /**
     * The end of a pin. Its shard stays until it is removed.
     *
     * @param space the name
     * @param shard that it has now
     */
    record RemovePin(String space, long shard) implements Edit {}

    /** @param cordon replaces one that the node has */
    record SetCordon(Cordon cordon) implements Edit {}

    /** @param node id of a node that has a cordon */
    record RemoveCordon(String node) implements Edit {}

    /** @param operation a new one */
    record StartOperation(OperationEntry operation) implements Edit {}

    /**
     * Something happened to an operation. Refused if it is over.
     *
     * @param operation its id
     * @param expected its state now
     * @param step what happened, with the state from now on
     * @param cancellable whether it can still be cancelled
     * @param details instead of the old ones, if present
     */
    record AdvanceOperation(
            String operation,
            OperationState expected,
            OperationStep step,
            boolean cancellable,
            Optional<Table<String, String>> details)
            implements Edit {}

    /** @param operation id of one that is over */
    record RemoveOperation(String operation) implements Edit {}

    /**
     * Other voters. The document that holds this edit is closing.
     *
     * @param expectedGeneration number of the generation that it ends
     * @param voters one, three or five incarnations of nodes, sorted, other than now
     */
    record ChangeVoters(long expectedGeneration, List<Incarnation> voters) implements Edit {
        public ChangeVoters {
            voters = List.copyOf(voters);
            Document.checkVoters(voters);
            if (voters.size() % 2 == 0) {
                throw new IllegalArgumentException("an even number of voters survives no more than one less");
            }
        }
    }

    /** Several edits, of which either all are applied, in this order, or none. */
    record Batch(List<Edit> edits) implements Edit {
        public Batch {
            edits = List.copyOf(edits);
            CatalogLimits.atMost("edits of a batch", edits.size(), CatalogLimits.BATCH);
            if (edits.stream().anyMatch(Batch.class::isInstance)) {
                throw new IllegalArgumentException("a batch in a batch");
            }
        }
    }

    /** The voters that it names, if it changes them. */
    default Optional<List<Incarnation>> newVoters() {
        return switch (this) {
            case ChangeVoters change -> Optional.of(change.voters());
            case Batch(var edits) ->
                edits.stream().flatMap(edit -> edit.newVoters().stream()).findFirst();
            default -> Optional.empty();
        };
    }
}
