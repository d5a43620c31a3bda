package io.engram.http;

import io.engram.space.SpaceClient;
import java.util.function.Supplier;

/** How many spaces there are, as of the last look; NaN before the first and while nobody can tell. */
final class SpaceCount implements Supplier<Number> {
    private final SpaceClient spaces;
    private volatile double count = Double.NaN;

    SpaceCount(SpaceClient spaces) {
        this.spaces = spaces;
    }

    void refresh() {
        spaces.spaces().whenComplete((all, failure) -> count = failure == null ? all.size() : Double.NaN);
    }

    @Override
    public Number get() {
        return count;
    }
}
