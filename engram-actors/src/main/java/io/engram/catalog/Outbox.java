package io.engram.catalog;

import java.util.ArrayList;
import java.util.List;

/** Collects what is to be done. */
final class Outbox {
    private final Incarnation self;
    private final List<Effect> effects = new ArrayList<>();

    Outbox(Incarnation self) {
        this.self = self;
    }

    void send(Incarnation to, Message message) {
        effects.add(new Effect.Send(new Envelope(self, to, message)));
    }

    void add(Effect effect) {
        effects.add(effect);
    }

    void answer(long request, Answer answer) {
        effects.add(new Effect.Answered(request, answer));
    }

    List<Effect> effects() {
        return effects;
    }
}
