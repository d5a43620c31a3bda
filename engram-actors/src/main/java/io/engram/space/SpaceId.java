package io.engram.space;

import java.util.regex.Pattern;

/**
 * The name of a memory space: 3 to 64 characters of {@code a-z 0-9 - _}.
 *
 * @param value the name
 */
public record SpaceId(String value) implements Comparable<SpaceId> {
    private static final Pattern GRAMMAR = Pattern.compile("[a-z0-9_-]{3,64}");

    /**
     * @throws EngramException of kind {@link EngramException.Kind#INVALID} if the name breaks the grammar
     */
    public SpaceId {
        if (!GRAMMAR.matcher(value).matches()) {
            throw EngramException.invalid(
                    "a memory space id has 3 to 64 characters, each one of a-z, 0-9, '-' and '_'");
        }
    }

    /** Trims and checks a name from outside. */
    public static SpaceId parse(String text) {
        return new SpaceId(text.strip());
    }

    @Override
    public int compareTo(SpaceId other) {
        return value.compareTo(other.value);
    }

    @Override
    public String toString() {
        return value;
    }
}
