package io.engram.grpc;

import io.engram.space.EngramException;
import io.engram.space.RequestTerms;
import io.engram.space.ServedBy;
import io.engram.space.SpaceClient;
import io.engram.space.SpaceId;
import io.grpc.Status;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What a call says outside of its messages.
 *
 * @param spaceNames the memory spaces that its metadata name, without repetitions
 * @param idempotencyKey the metadata's idempotency key
 * @param terms on which the client wants to be answered
 * @param servedBy takes which node answers, if it is told
 * @param deadlineNanos the {@link System#nanoTime()} by which the client wants its answer
 * @param trace the call's span
 */
record CallContext(
        List<String> spaceNames,
        Optional<String> idempotencyKey,
        Optional<Long> deadlineNanos,
        RequestTerms terms,
        AtomicReference<@Nullable ServedBy> servedBy,
        CallTrace trace) {
    /** Metadata that may name the space, all meaning the same. */
    static final List<String> SPACE_KEYS = List.of("x-engram-memory-space", "x-memory-space", "x-memory-space-id");

    static final String IDEMPOTENCY_KEY = "idempotency-key";
    static final String TIMEOUT = "grpc-timeout";
    static final String CONSISTENCY = "x-engram-consistency";
    static final String ACKNOWLEDGEMENT = "x-engram-acknowledgement";
    /** Of an answer: names the node that gave it, where there are several. */
    static final String SERVED_BY = "x-engram-served-by";
    /** Of the answer of a copy that does not lead the space: how many entries it has and does not show yet. */
    static final String LAG = "x-engram-lag";

    /** Reads the metadata, of which {@code lookup} gives the values by lower-case name. */
    static CallContext of(Function<String, List<String>> lookup) {
        return of(lookup, CallTrace.NONE);
    }

    /** The same for a call that may be traced. */
    static CallContext of(Function<String, List<String>> lookup, CallTrace trace) {
        var names = new LinkedHashSet<String>();
        for (var key : SPACE_KEYS) {
            lookup.apply(key).stream()
                    .map(String::strip)
                    .filter(name -> !name.isEmpty())
                    .forEach(names::add);
        }
        var key = one(lookup, IDEMPOTENCY_KEY);
        var terms = RequestTerms.parse(one(lookup, CONSISTENCY), one(lookup, ACKNOWLEDGEMENT))
                .under(trace.ofRequests());
        var timeout = lookup.apply(TIMEOUT).stream().findFirst().map(CallContext::timeout);
        return new CallContext(
                List.copyOf(names),
                key,
                timeout.map(left -> System.nanoTime() + left.toNanos()),
                terms,
                new AtomicReference<>(),
                trace);
    }

    private static Optional<String> one(Function<String, List<String>> lookup, String name) {
        var values = lookup.apply(name).stream().distinct().toList();
        if (values.size() > 1) {
            throw EngramException.invalid("the metadata " + name + " is given twice with different values");
        }
        return values.stream().findFirst();
    }

    /** The spaces on this call's terms, by which it learns who serves it. */
    SpaceClient on(SpaceClient spaces) {
        return spaces.on(terms, servedBy::set);
    }

    /** The space that a request means by its field and by the metadata; empty if neither names one. */
    Optional<SpaceId> spaceNamedBy(String field) {
        var names = new LinkedHashSet<>(spaceNames);
        if (!field.isBlank()) {
            names.add(field.strip());
        }
        if (names.size() > 1) {
            throw EngramException.invalid("memory_space_id and the metadata " + String.join(", ", SPACE_KEYS)
                    + " name different memory spaces: " + String.join(", ", names));
        }
        return names.stream().findFirst().map(SpaceId::parse);
    }

    /** The idempotency key of a unary request, by its field and by the metadata. */
    Optional<String> keyNamedBy(String field) {
        if (field.isEmpty()) {
            return idempotencyKey;
        }
        if (idempotencyKey.isPresent() && !idempotencyKey.get().equals(field)) {
            throw EngramException.invalid("idempotency_key and the metadata " + IDEMPOTENCY_KEY + " differ");
        }
        return Optional.of(field);
    }

    /** The idempotency key of an item of a stream, which only the item itself can give. */
    Optional<String> keyOfItem(String field) {
        if (idempotencyKey.isPresent()) {
            throw EngramException.invalid("the metadata " + IDEMPOTENCY_KEY
                    + " cannot name every item of a stream: give each item its idempotency_key");
        }
        return field.isEmpty() ? Optional.empty() : Optional.of(field);
    }

    /** How much time is left; empty if the client waits for ever. */
    Optional<Duration> timeLeft() {
        return deadlineNanos.map(deadline -> Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
    }

    /** Up to eight digits and a unit: H, M, S, m, u or n. */
    private static Duration timeout(String text) {
        var ok = text.length() >= 2
                && text.length() <= 9
                && text.chars().limit(text.length() - 1L).allMatch(c -> c >= '0' && c <= '9');
        var amount = ok ? Long.parseLong(text.substring(0, text.length() - 1)) : 0;
        return switch (ok ? text.charAt(text.length() - 1) : ' ') {
            // Beyond the range of nanoseconds nobody can tell the difference.
            case 'H' -> Duration.ofHours(Math.min(amount, 1_000_000));
            case 'M' -> Duration.ofMinutes(amount);
            case 'S' -> Duration.ofSeconds(amount);
            case 'm' -> Duration.ofMillis(amount);
            case 'u' -> Duration.ofNanos(amount * 1000);
            case 'n' -> Duration.ofNanos(amount);
            default ->
                throw Statuses.failure(
                        Status.INVALID_ARGUMENT,
                        "the metadata " + TIMEOUT + " has up to eight digits and a unit, one of H M S m u n");
        };
    }
}
