package io.engram.log.files;

import io.engram.log.format.BadValueException;
import io.engram.log.format.Keys;
import io.engram.log.format.LogPoint;
import io.engram.log.format.Values;
import io.engram.log.format.Values.Lost;
import io.engram.log.format.Values.Root;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;

/** The newest value of each small key: from the changes seen so far, else from before them. */
final class Newest {
    private final Earlier earlier;
    private final Map<ByteBuffer, Optional<byte[]>> seen = new HashMap<>();

    Newest(Earlier earlier) {
        this.earlier = earlier;
    }

    /** Takes a change into account. Entries are not kept, nor what may be large. */
    void see(Op op) {
        if (op.key().length > 0
                && switch (op.key()[0]) {
                    case Keys.ENTRY_KIND, Keys.PENDING_KIND, Keys.CELL_KIND, Keys.META_KIND -> false;
                    default -> true;
                }) {
            seen.put(ByteBuffer.wrap(op.key()), op.isPut() ? Optional.of(op.value()) : Optional.empty());
        }
    }

    Optional<byte[]> value(byte[] key) throws IOException, BadBytesException {
        var known = seen.get(ByteBuffer.wrap(key));
        return known != null ? known : earlier.value(key);
    }

    /** What stands under a log's number. */
    Optional<Root> root(long log) throws IOException, BadBytesException {
        var value = value(Keys.root(log));
        try {
            return value.isPresent() ? Optional.of(Values.root(Keys.root(log), value.get())) : Optional.empty();
        } catch (BadValueException e) {
            throw new BadBytesException(0, "the root of log %d: %s".formatted(log, e.getMessage()));
        }
    }

    /** The number that stands under a log's name. */
    OptionalLong number(String name) throws IOException, BadBytesException {
        var key = Keys.name(name);
        var value = value(key);
        try {
            return value.isPresent() ? OptionalLong.of(Values.numbers(key, value.get(), 1)[0]) : OptionalLong.empty();
        } catch (BadValueException e) {
            throw new BadBytesException(0, "the name '%s': %s".formatted(name, e.getMessage()));
        }
    }

    /** A name that was seen for this number. */
    Optional<String> nameSeen(long log) {
        for (var each : seen.entrySet()) {
            var key = each.getKey().array();
            if (key[0] == Keys.NAME_KIND && each.getValue().isPresent()) {
                try {
                    if (Values.numbers(key, each.getValue().get(), 1)[0] == log) {
                        return Optional.of(Keys.nameOf(key));
                    }
                } catch (BadValueException e) {
                    // Not this one, then.
                    continue;
                }
            }
        }
        return Optional.empty();
    }

    OptionalLong header() throws IOException, BadBytesException {
        var value = value(Keys.HEADER);
        try {
            return value.isPresent() ? OptionalLong.of(Values.header(value.get())) : OptionalLong.empty();
        } catch (BadValueException e) {
            throw new BadBytesException(0, "the header: " + e.getMessage());
        }
    }

    /** The damage note of a log; nothing if it has none, or none that can be read. */
    List<Lost> damage(long log) throws IOException {
        try {
            var value = value(Keys.damage(log));
            return value.isPresent() ? Values.damage(Keys.damage(log), value.get()) : List.of();
        } catch (BadBytesException | BadValueException e) {
            return List.of();
        }
    }

    /** The last index of a log before the changes seen, for one of which no commit note tells it. */
    long lastEntry(long log) throws IOException, BadBytesException {
        var base = root(log).map(Root::base).orElse(LogPoint.START);
        return earlier.lastEntry(log, base.index());
    }
}
