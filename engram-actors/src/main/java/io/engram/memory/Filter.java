package io.engram.memory;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;

/**
 * Conditions that a memory must meet besides matching a cue; an empty condition lets everything pass.
 *
 * @param requiredTags all of these must be there
 * @param excludedTags none of these may be there
 * @param from earliest {@link Memory#observedAt()}, inclusive
 * @param to latest {@link Memory#observedAt()}, inclusive
 * @param location must be contained in the memory's place, ignoring case
 * @param types one of these
 * @param participants all of these must be among {@code who}, ignoring case
 * @param minConfidence least stored confidence, 0 to 1
 */
public record Filter(
        Set<String> requiredTags,
        Set<String> excludedTags,
        Optional<Instant> from,
        Optional<Instant> to,
        Optional<String> location,
        Set<MemoryType> types,
        List<String> participants,
        float minConfidence) {

    /** Lets everything pass. */
    public static final Filter NONE = new Filter(
            Set.of(), Set.of(), Optional.empty(), Optional.empty(), Optional.empty(), Set.of(), List.of(), 0f);

    public Filter {
        requiredTags = Set.copyOf(requiredTags);
        excludedTags = Set.copyOf(excludedTags);
        types = Set.copyOf(types);
        participants = List.copyOf(participants);
    }

    public boolean accepts(Memory memory) {
        MemoryBody body = memory.body();
        return body.tags().containsAll(requiredTags)
                && body.tags().stream().noneMatch(excludedTags::contains)
                && from.map(t -> !memory.observedAt().isBefore(t)).orElse(true)
                && to.map(t -> !memory.observedAt().isAfter(t)).orElse(true)
                && location.map(l ->
                                body.where().map(w -> containsIgnoreCase(w, l)).orElse(false))
                        .orElse(true)
                && (types.isEmpty() || types.contains(body.type()))
                && participants.stream().allMatch(p -> body.who().stream().anyMatch(p::equalsIgnoreCase))
                && body.confidence() >= minConfidence;
    }

    private static boolean containsIgnoreCase(String text, String part) {
        return text.toLowerCase(Locale.ROOT).contains(part.toLowerCase(Locale.ROOT));
    }
}
