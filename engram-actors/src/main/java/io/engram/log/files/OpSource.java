package io.engram.log.files;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.PriorityQueue;

/** Changes in the order of {@link Op#ORDER}. */
interface OpSource {
    /** The next change, or nothing at the end. */
    Optional<Op> next() throws IOException;

    static OpSource of(List<Op> ordered) {
        var iterator = ordered.iterator();
        return () -> iterator.hasNext() ? Optional.of(iterator.next()) : Optional.empty();
    }

    /** Many sources as one, holding one change of each. */
    static OpSource merged(List<OpSource> sources) throws IOException {
        record Head(Op op, OpSource source) {}
        var heads = new PriorityQueue<Head>((a, b) -> Op.ORDER.compare(a.op(), b.op()));
        for (var source : sources) {
            source.next().ifPresent(op -> heads.add(new Head(op, source)));
        }
        return () -> {
            var head = heads.poll();
            if (head == null) {
                return Optional.empty();
            }
            head.source().next().ifPresent(op -> heads.add(new Head(op, head.source())));
            return Optional.of(head.op());
        };
    }
}
