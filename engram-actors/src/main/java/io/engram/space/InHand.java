package io.engram.space;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.BiConsumer;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.TypedActorContext;

/**
 * The commands that a persistent actor was given and has not begun on. Pekko keeps them in a stash while it recovers and
 * while it persists, and drops that stash without a word when either fails; from here they are refused, so that
 * nobody waits for an answer that cannot come. Belongs to one actor, and is used on its thread.
 */
final class InHand<C> extends BehaviorInterceptor<C, C> {
    private final Set<C> commands = Collections.newSetFromMap(new IdentityHashMap<>());
    private final BiConsumer<C, EngramException> refuse;
    private EngramException reason;

    /**
     * @param refuse answers a command that nothing was done for
     * @param reason the answer, unless a better one is known by then
     */
    InHand(Class<C> type, BiConsumer<C, EngramException> refuse, EngramException reason) {
        super(type);
        this.refuse = refuse;
        this.reason = reason;
    }

    /** The actor works on this command; its answer is the actor's to give. */
    void begun(C command) {
        commands.remove(command);
    }

    /** What those are told who are still waiting when the actor stops. */
    void reasonToStop(EngramException better) {
        reason = better;
    }

    @Override
    public Behavior<C> aroundReceive(TypedActorContext<C> context, C command, ReceiveTarget<C> target) {
        commands.add(command);
        return target.apply(context, command);
    }

    @Override
    public Behavior<C> aroundSignal(TypedActorContext<C> context, Signal signal, SignalTarget<C> target) {
        if (signal instanceof PostStop) {
            List.copyOf(commands).forEach(command -> refuse.accept(command, reason));
            commands.clear();
        }
        return target.apply(context, signal);
    }
}
