package io.engram.catalog;

import java.util.List;
import java.util.Optional;

/**
 * What has to be changed in one document to get another. The base is named by its id and never by its version: several
 * documents of one version may have been proposed, and a change applied to the wrong one gives a document that nobody proposed.
 *
 * @param base to which it applies
 * @param id of the result
 * @param version of the result
 * @param parent of the result
 * @param closing of the result
 * @param voters of the result
 * @param nextShard of the result
 * @param floor of the result's edits
 * @param edits what changes of them
 * @param nodes what changes of them
 * @param shards what changes of them
 * @param pins what changes of them
 * @param cordons what changes of them
 * @param operations what changes of them
 */
public record DocumentDelta(
        DocumentId base,
        DocumentId id,
        long version,
        Optional<DocumentId> parent,
        boolean closing,
        List<Incarnation> voters,
        long nextShard,
        long floor,
        Table.Change<Originator, EditMark> edits,
        Table.Change<String, NodeEntry> nodes,
        Table.Change<Long, ShardEntry> shards,
        Table.Change<String, Pin> pins,
        Table.Change<String, Cordon> cordons,
        Table.Change<String, OperationEntry> operations) {
    public DocumentDelta {
        voters = List.copyOf(voters);
    }

    /** Between two documents of one cluster, whatever they have to do with each other. */
    public static DocumentDelta between(Document base, Document result) {
        var from = base.body();
        var to = result.body();
        if (!from.cluster().equals(to.cluster()) || from.buckets() != to.buckets()) {
            throw new IllegalArgumentException("documents of two clusters");
        }
        return new DocumentDelta(
                base.id(),
                result.id(),
                result.version(),
                result.parent(),
                result.closing(),
                result.voters(),
                to.nextShard(),
                result.edits().floor(),
                base.edits().marks().changesTo(result.edits().marks()),
                from.nodes().changesTo(to.nodes()),
                from.shards().changesTo(to.shards()),
                from.pins().changesTo(to.pins()),
                from.cordons().changesTo(to.cordons()),
                from.operations().changesTo(to.operations()));
    }

    /**
     * The result.
     *
     * @param document whose id is {@link #base}; the caller has made sure of that
     */
    Document applyTo(Document document) {
        var from = document.body();
        return new Document(
                id,
                version,
                parent,
                closing,
                voters,
                new EditLedger(floor, edits.applyTo(document.edits().marks())),
                new CatalogBody(
                        from.cluster(),
                        from.buckets(),
                        nextShard,
                        nodes.applyTo(from.nodes()),
                        shards.applyTo(from.shards()),
                        pins.applyTo(from.pins()),
                        cordons.applyTo(from.cordons()),
                        operations.applyTo(from.operations())));
    }
}
