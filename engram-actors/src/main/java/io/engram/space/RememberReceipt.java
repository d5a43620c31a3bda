package io.engram.space;

import io.engram.memory.Link;
import io.engram.memory.Memory;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * The answer to a {@link RememberRequest}, given once the memory is on disk.
 *
 * @param id the memory's id; that of the memory already held when {@code duplicateOf} is present
 * @param version its version
 * @param confidence stored confidence, 0 to 1
 * @param observedAt when it happened or was observed
 * @param storedAt when this version was accepted
 * @param replayed whether this is the repeated answer to an earlier request
 * @param duplicateOf the memory that made storing unnecessary, if de-duplication was asked for
 * @param links associations found
 */
public record RememberReceipt(
        String id,
        int version,
        float confidence,
        Instant observedAt,
        Instant storedAt,
        boolean replayed,
        Optional<String> duplicateOf,
        List<Link> links) {
    public RememberReceipt {
        links = List.copyOf(links);
    }

    /** The first answer to a request that stored {@code memory}. */
    public static RememberReceipt of(Memory memory) {
        return new RememberReceipt(
                memory.id(),
                memory.version(),
                memory.body().confidence(),
                memory.observedAt(),
                memory.storedAt(),
                false,
                Optional.empty(),
                memory.links());
    }

    /** The answer to a request that stored nothing, since {@code held} says the same. */
    public static RememberReceipt forDuplicate(Memory held) {
        return new RememberReceipt(
                held.id(),
                held.version(),
                held.body().confidence(),
                held.observedAt(),
                held.storedAt(),
                false,
                Optional.of(held.id()),
                List.of());
    }

    /** The same answer, given again. */
    public RememberReceipt asReplay() {
        return new RememberReceipt(id, version, confidence, observedAt, storedAt, true, duplicateOf, links);
    }
}
