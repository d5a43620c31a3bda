package io.engram.catalog.format;

import io.engram.catalog.Ballot;
import io.engram.catalog.CatalogLimits;
import io.engram.catalog.Cordon;
import io.engram.catalog.DocumentId;
import io.engram.catalog.EditMark;
import io.engram.catalog.Generation;
import io.engram.catalog.Incarnation;
import io.engram.catalog.NodeEntry;
import io.engram.catalog.NodeState;
import io.engram.catalog.OperationEntry;
import io.engram.catalog.OperationState;
import io.engram.catalog.OperationStep;
import io.engram.catalog.Originator;
import io.engram.catalog.Pin;
import io.engram.catalog.ShardConfiguration;
import io.engram.catalog.ShardEntry;
import io.engram.catalog.ShardSource;
import io.engram.catalog.Table;
import java.util.List;
import java.util.Optional;

/** The parts of which documents and messages consist, each with its writer and its reader side by side. */
final class Parts {
    private static final NodeState[] NODE_STATES = NodeState.values();
    private static final OperationState[] OPERATION_STATES = OperationState.values();

    private Parts() {}

    static void put(Output out, Incarnation incarnation) {
        out.putUuid(incarnation.id());
    }

    static Incarnation incarnation(Input in) throws BadCatalogBytesException {
        return new Incarnation(in.getUuid());
    }

    static void put(Output out, Ballot ballot) {
        out.putNumber(ballot.round());
        put(out, ballot.proposer());
        out.putLong(ballot.bootNonce());
    }

    static Ballot ballot(Input in) throws BadCatalogBytesException {
        var round = in.getNumber();
        // Rounds grow by one. One out of this world would leave no room above it.
        if (round > Long.MAX_VALUE / 2) {
            throw new BadCatalogBytesException("round " + round);
        }
        return new Ballot(round, incarnation(in), in.getLong());
    }

    static void put(Output out, DocumentId id) {
        out.putNumber(id.generation());
        put(out, id.ballot());
    }

    static DocumentId documentId(Input in) throws BadCatalogBytesException {
        return new DocumentId(in.getNumber(), ballot(in));
    }

    static void put(Output out, Generation generation) {
        out.putUuid(generation.cluster());
        put(out, generation.founding());
    }

    static Generation generation(Input in) throws BadCatalogBytesException {
        return new Generation(in.getUuid(), documentId(in));
    }

    static void putIncarnations(Output out, List<Incarnation> incarnations) {
        out.putAll(incarnations, Parts::put);
    }

    static List<Incarnation> incarnations(Input in, int most) throws BadCatalogBytesException {
        return in.getAll(most, Parts::incarnation);
    }

    static void put(Output out, Originator originator) {
        put(out, originator.incarnation());
        out.putLong(originator.bootNonce());
    }

    static Originator originator(Input in) throws BadCatalogBytesException {
        return new Originator(incarnation(in), in.getLong());
    }

    static void put(Output out, EditMark mark) {
        out.putNumber(mark.highest());
        out.putLong(mark.decided());
        out.putLong(mark.refused());
        out.putNumber(mark.floor());
        out.putNumber(mark.version());
    }

    static EditMark mark(Input in) throws BadCatalogBytesException {
        return new EditMark(in.getNumber(), in.getLong(), in.getLong(), in.getNumber(), in.getNumber());
    }

    static void putTexts(Output out, Table<String, String> texts) {
        out.putTable(texts, Output::putText, Output::putText);
    }

    static Table<String, String> texts(Input in) throws BadCatalogBytesException {
        return in.getTable(CatalogLimits.DETAILS, Input::getText, Input::getText);
    }

    static void put(Output out, NodeEntry node) {
        out.putText(node.id());
        put(out, node.incarnation());
        out.putOptional(node.rack(), Output::putText);
        out.putOptional(node.zone(), Output::putText);
        putTexts(out, node.addresses());
        out.putByte(node.state().ordinal());
    }

    static NodeEntry node(Input in) throws BadCatalogBytesException {
        return new NodeEntry(
                in.getText(),
                incarnation(in),
                in.getOptional(Input::getText),
                in.getOptional(Input::getText),
                texts(in),
                in.getOneOf(NODE_STATES));
    }

    static void put(Output out, ShardConfiguration configuration) {
        out.putNumber(configuration.epoch());
        put(out, configuration.primary());
        putIncarnations(out, configuration.replicas());
    }

    static ShardConfiguration configuration(Input in) throws BadCatalogBytesException {
        return new ShardConfiguration(in.getNumber(), incarnation(in), incarnations(in, CatalogLimits.MEMBERS));
    }

    static void put(Output out, ShardSource source) {
        out.putNumber(source.shard());
        out.putText(source.space());
        out.putNumber(source.log());
    }

    static ShardSource source(Input in) throws BadCatalogBytesException {
        return new ShardSource(in.getNumber(), in.getText(), in.getNumber());
    }

    static void put(Output out, ShardEntry shard) {
        out.putNumber(shard.number());
        put(out, shard.configuration());
        // Most shards are active, and then the active configuration is the one just written.
        out.putFlag(shard.isActive());
        if (!shard.isActive()) {
            out.putOptional(shard.active(), Parts::put);
        }
        out.putOptional(shard.source(), Parts::put);
    }

    static ShardEntry shard(Input in) throws BadCatalogBytesException {
        var number = in.getNumber();
        var configuration = configuration(in);
        var active = in.getFlag() ? Optional.of(configuration) : in.getOptional(Parts::configuration);
        return new ShardEntry(number, configuration, active, in.getOptional(Parts::source));
    }

    static void put(Output out, Pin pin) {
        out.putText(pin.space());
        out.putNumber(pin.shard());
        out.putText(pin.home());
        out.putText(pin.reason());
        out.putOptional(pin.expiresAtMillis(), Output::putLong);
    }

    static Pin pin(Input in) throws BadCatalogBytesException {
        return new Pin(in.getText(), in.getNumber(), in.getText(), in.getText(), in.getOptional(Input::getLong));
    }

    static void put(Output out, Cordon cordon) {
        out.putText(cordon.node());
        out.putText(cordon.reason());
        out.putLong(cordon.sinceMillis());
    }

    static Cordon cordon(Input in) throws BadCatalogBytesException {
        return new Cordon(in.getText(), in.getText(), in.getLong());
    }

    static void put(Output out, OperationStep step) {
        out.putLong(step.atMillis());
        out.putByte(step.state().ordinal());
        out.putText(step.text());
    }

    static OperationStep step(Input in) throws BadCatalogBytesException {
        return new OperationStep(in.getLong(), in.getOneOf(OPERATION_STATES), in.getText());
    }

    static void put(Output out, OperationEntry operation) {
        out.putText(operation.id());
        out.putText(operation.kind());
        out.putText(operation.subject());
        out.putText(operation.reason());
        out.putByte(operation.state().ordinal());
        out.putFlag(operation.cancellable());
        putTexts(out, operation.details());
        out.putAll(operation.steps(), Parts::put);
    }

    static OperationEntry operation(Input in) throws BadCatalogBytesException {
        return new OperationEntry(
                in.getText(),
                in.getText(),
                in.getText(),
                in.getText(),
                in.getOneOf(OPERATION_STATES),
                in.getFlag(),
                texts(in),
                in.getAll(CatalogLimits.STEPS, Parts::step));
    }
}
