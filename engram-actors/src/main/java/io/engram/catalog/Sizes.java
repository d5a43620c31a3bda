package io.engram.catalog;

import java.util.Optional;

/** Upper bounds for the encoded sizes of things, in bytes, so that the document's size can be kept without encoding it. */
final class Sizes {
    private static final int NUMBER = 10;
    private static final int INCARNATION = 16;
    /** Of a document besides what its tables hold. */
    private static final int FRAME = 1_024;
    /** Of an entry of the edit ledger. */
    private static final int MARK = INCARNATION + 6 * NUMBER;

    private Sizes() {}

    static long of(Document document) {
        var body = document.body();
        var sum = (long) FRAME + (long) MARK * document.edits().marks().size();
        sum += body.nodes().values().stream().mapToLong(Sizes::of).sum();
        sum += body.shards().values().stream().mapToLong(Sizes::of).sum();
        sum += body.pins().values().stream().mapToLong(Sizes::of).sum();
        sum += body.cordons().values().stream().mapToLong(Sizes::of).sum();
        sum += body.operations().values().stream().mapToLong(Sizes::of).sum();
        return sum;
    }

    static long of(Object value) {
        return switch (value) {
            case NodeEntry node ->
                text(node.id()) + INCARNATION + text(node.rack()) + text(node.zone()) + texts(node.addresses()) + 2;
            case ShardEntry shard ->
                NUMBER
                        + of(shard.configuration())
                        + shard.active().map(Sizes::of).orElse(0L)
                        + shard.source().map(Sizes::of).orElse(0L)
                        + 2;
            case ShardConfiguration configuration ->
                2L * NUMBER + (long) INCARNATION * (1 + configuration.replicas().size());
            case ShardSource source -> 2L * NUMBER + text(source.space());
            case Pin pin -> 2L * NUMBER + text(pin.space()) + text(pin.home()) + text(pin.reason()) + 1;
            case Cordon cordon -> NUMBER + text(cordon.node()) + text(cordon.reason());
            case OperationEntry operation ->
                text(operation.id())
                        + text(operation.kind())
                        + text(operation.subject())
                        + text(operation.reason())
                        + texts(operation.details())
                        + operation.steps().stream()
                                .mapToLong(step -> NUMBER + 1 + text(step.text()))
                                .sum()
                        + NUMBER
                        + 3;
            default -> throw new IllegalArgumentException("of no known size: " + value.getClass());
        };
    }

    private static long texts(Table<String, String> texts) {
        var sum = (long) NUMBER;
        for (var each : texts.entries()) {
            sum += text(each.getKey()) + text(each.getValue());
        }
        return sum;
    }

    private static long text(Optional<String> text) {
        return 1 + text.map(Sizes::text).orElse(0L);
    }

    /** UTF-8 needs at most three bytes for each char. */
    private static long text(String text) {
        return NUMBER + 3L * text.length();
    }
}
