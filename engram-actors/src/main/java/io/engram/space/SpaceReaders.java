package io.engram.space;

import io.engram.memory.EngineView;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The spaces that are open on this node, for readers on any thread. A space's actor publishes the view of each write
 * before it acknowledges it; a reader takes the newest view and needs the actor no more.
 */
final class SpaceReaders {
    private final ConcurrentHashMap<SpaceId, Handle> open = new ConcurrentHashMap<>();

    /** One open space. */
    static final class Handle {
        private final long reign;
        private volatile EngineView view;
        private volatile long awakeUntilNanos;

        private Handle(EngineView view, long reign) {
            this.view = view;
            this.reign = reign;
        }

        /** The unbroken time during which this node leads the space, see {@link SpaceRegistry}. */
        long reign() {
            return reign;
        }

        void publish(EngineView next) {
            view = next;
        }

        EngineView view() {
            return view;
        }

        /** Whether the actor should hear that somebody reads; true at most once in {@code everyNanos}. */
        boolean wantsKeepAwake(long nowNanos, long everyNanos) {
            if (nowNanos - awakeUntilNanos < 0) {
                return false;
            }
            awakeUntilNanos = nowNanos + everyNanos;
            return true;
        }
    }

    Handle open(SpaceId space, EngineView view, long reign) {
        var handle = new Handle(view, reign);
        open.put(space, handle);
        return handle;
    }

    /** Closes it unless another run of the space has been opened since. */
    void close(SpaceId space, Handle handle) {
        open.remove(space, handle);
    }

    Optional<Handle> get(SpaceId space) {
        return Optional.ofNullable(open.get(space));
    }

    int size() {
        return open.size();
    }
}
