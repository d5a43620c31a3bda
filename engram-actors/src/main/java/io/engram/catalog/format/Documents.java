package io.engram.catalog.format;

import io.engram.catalog.Carried;
import io.engram.catalog.CatalogBody;
import io.engram.catalog.CatalogLimits;
import io.engram.catalog.Cordon;
import io.engram.catalog.Document;
import io.engram.catalog.DocumentDelta;
import io.engram.catalog.EditLedger;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.OperationEntry;
import io.engram.catalog.Pin;
import io.engram.catalog.ShardEntry;
import io.engram.catalog.Table;
import java.util.function.BiConsumer;
import java.util.function.Function;

/** Documents, changes of documents, and the two as they are carried. */
final class Documents {
    private static final int WHOLE = 0;
    private static final int CHANGE = 1;
    private static final int SAME = 2;

    private final CatalogLimits limits;

    /** @param limits beyond which nothing is read */
    Documents(CatalogLimits limits) {
        this.limits = limits;
    }

    void put(Output out, Document document) {
        Parts.put(out, document.id());
        out.putNumber(document.version());
        out.putOptional(document.parent(), Parts::put);
        out.putFlag(document.closing());
        Parts.putIncarnations(out, document.voters());
        out.putNumber(document.edits().floor());
        out.putTable(document.edits().marks(), Parts::put, Parts::put);
        var body = document.body();
        out.putUuid(body.cluster());
        out.putNumber(body.buckets());
        out.putNumber(body.nextShard());
        out.putValues(body.nodes(), Parts::put);
        out.putValues(body.shards(), Parts::put);
        out.putValues(body.pins(), Parts::put);
        out.putValues(body.cordons(), Parts::put);
        out.putValues(body.operations(), Parts::put);
    }

    Document document(Input in) throws BadCatalogBytesException {
        return new Document(
                Parts.documentId(in),
                in.getNumber(),
                in.getOptional(Parts::documentId),
                in.getFlag(),
                Parts.incarnations(in, CatalogLimits.VOTERS),
                new EditLedger(in.getNumber(), in.getTable(limits.originators(), Parts::originator, Parts::mark)),
                new CatalogBody(
                        in.getUuid(),
                        in.getNumber(),
                        in.getNumber(),
                        in.getValues(limits.nodes(), Parts::node, NodeEntry::id),
                        in.getValues(limits.shards(), Parts::shard, ShardEntry::number),
                        in.getValues(limits.pins(), Parts::pin, Pin::space),
                        in.getValues(limits.nodes(), Parts::cordon, Cordon::node),
                        in.getValues(limits.operations(), Parts::operation, OperationEntry::id)));
    }

    void put(Output out, DocumentDelta delta) {
        Parts.put(out, delta.base());
        Parts.put(out, delta.id());
        out.putNumber(delta.version());
        out.putOptional(delta.parent(), Parts::put);
        out.putFlag(delta.closing());
        Parts.putIncarnations(out, delta.voters());
        out.putNumber(delta.nextShard());
        out.putNumber(delta.floor());
        out.putTable(delta.edits().put(), Parts::put, Parts::put);
        out.putAll(delta.edits().removed(), Parts::put);
        put(out, delta.nodes(), Parts::put, Output::putText);
        put(out, delta.shards(), Parts::put, Output::putNumber);
        put(out, delta.pins(), Parts::put, Output::putText);
        put(out, delta.cordons(), Parts::put, Output::putText);
        put(out, delta.operations(), Parts::put, Output::putText);
    }

    private static <K extends Comparable<? super K>, V> void put(
            Output out, Table.Change<K, V> change, BiConsumer<Output, V> values, BiConsumer<Output, K> keys) {
        out.putValues(change.put(), values);
        out.putAll(change.removed(), keys);
    }

    DocumentDelta delta(Input in) throws BadCatalogBytesException {
        return new DocumentDelta(
                Parts.documentId(in),
                Parts.documentId(in),
                in.getNumber(),
                in.getOptional(Parts::documentId),
                in.getFlag(),
                Parts.incarnations(in, CatalogLimits.VOTERS),
                in.getNumber(),
                in.getNumber(),
                new Table.Change<>(
                        in.getTable(limits.originators(), Parts::originator, Parts::mark),
                        in.getAll(limits.originators(), Parts::originator)),
                change(in, limits.nodes(), Parts::node, NodeEntry::id, Input::getText),
                change(in, limits.shards(), Parts::shard, ShardEntry::number, Input::getNumber),
                change(in, limits.pins(), Parts::pin, Pin::space, Input::getText),
                change(in, limits.nodes(), Parts::cordon, Cordon::node, Input::getText),
                change(in, limits.operations(), Parts::operation, OperationEntry::id, Input::getText));
    }

    private static <K extends Comparable<? super K>, V> Table.Change<K, V> change(
            Input in, int most, Input.Reader<V> values, Function<V, K> keyOf, Input.Reader<K> keys)
            throws BadCatalogBytesException {
        return new Table.Change<>(in.getValues(most, values, keyOf), in.getAll(most, keys));
    }

    void put(Output out, Carried carried) {
        switch (carried) {
            case Carried.Whole(var document) -> {
                out.putByte(WHOLE);
                put(out, document);
            }
            case Carried.Change(var delta) -> {
                out.putByte(CHANGE);
                put(out, delta);
            }
            case Carried.Same(var id) -> {
                out.putByte(SAME);
                Parts.put(out, id);
            }
        }
    }

    Carried carried(Input in) throws BadCatalogBytesException {
        var how = in.getByte();
        return switch (how) {
            case WHOLE -> new Carried.Whole(document(in));
            case CHANGE -> new Carried.Change(delta(in));
            case SAME -> new Carried.Same(Parts.documentId(in));
            default -> throw new BadCatalogBytesException("carried how? " + how);
        };
    }
}
