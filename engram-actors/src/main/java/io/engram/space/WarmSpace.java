package io.engram.space;

import io.engram.snapshot.WarmState;

/** A space that is kept ready on a node that does not lead it. */
final class WarmSpace implements WarmState {
    private final SpaceState state;

    private WarmSpace(SpaceState state) {
        this.state = state;
    }

    static WarmState.Kind kind(SpaceSettings settings) {
        return new WarmState.Kind() {
            @Override
            public WarmState empty() {
                return new WarmSpace(new SpaceState(settings));
            }

            @Override
            public WarmState of(Object snapshot) {
                return new WarmSpace(SpaceState.restore(settings, snapshot));
            }
        };
    }

    @Override
    public void apply(Object event) {
        state.apply((SpaceEvent) event);
    }

    @Override
    public Object view() {
        return state.view();
    }

    @Override
    public void notInSnapshot(long events) {
        state.notInSnapshot(events);
    }

    /** For the actor that goes on with it. */
    SpaceState state() {
        return state;
    }
}
