package io.engram.space;

import io.engram.health.Crashes;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** Has it known when an actor ends by an error; what becomes of the actor is for others to say. */
final class FailureWatch<T> extends BehaviorInterceptor<T, T> {
    private FailureWatch(Class<T> messages) {
        super(messages);
    }

    static <T> Behavior<T> around(Class<T> messages, Behavior<T> actor) {
        return Behaviors.intercept(() -> new FailureWatch<>(messages), actor);
    }

    @Override
    public Behavior<T> aroundReceive(TypedActorContext<T> context, T message, ReceiveTarget<T> target) {
        try {
            return target.apply(context, message);
        } catch (RuntimeException | Error e) {
            Crashes.ofActor(context.asJava().getSelf().path().toStringWithoutAddress(), e);
            throw e;
        }
    }
}
