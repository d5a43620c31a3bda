package io.engram.space;

import java.time.Duration;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.apache.pekko.actor.typed.BackoffSupervisorStrategy;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.BehaviorInterceptor;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.TypedActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/**
 * The commands that a sharded persistent actor was given and has not begun on. Pekko stops such an actor when its journal
 * fails, and with it go, without a word, its stash and whatever is in its mailbox. Here the actor is held still instead
 * ({@link #HOLD_STILL}), refuses what it has and what still comes, and leaves by passivation, for which the shard
 * keeps later commands: nobody waits for an answer that cannot come. Belongs to one actor, and is used on its thread.
 */
final class InHand<C> extends BehaviorInterceptor<C, C> {
    /**
     * For a persistent actor under this interceptor: long enough for the shard's stop to arrive. Whoever waits is told why
     * the journal failed, and the log says it in a line, so that Pekko need not.
     */
    static final BackoffSupervisorStrategy HOLD_STILL = SupervisorStrategy.restartWithBackoff(
                    Duration.ofMinutes(1), Duration.ofMinutes(1), 0)
            .withLoggingEnabled(false);

    /** With the time of their arrival. */
    private final Map<C, Long> commands = new IdentityHashMap<>();

    private long arrivedNanos;
    private final BiConsumer<C, EngramException> refuse;
    private final Predicate<C> isStop;
    private final Runnable passivate;
    private final EngramException closing;
    private Optional<EngramException> givenUp = Optional.empty();

    /**
     * @param refuse answers a command that nothing was done for
     * @param isStop whether it is the shard's request to stop
     * @param passivate asks the shard for that
     * @param closing the answer to those who still wait when the actor stops
     */
    InHand(
            Class<C> type,
            BiConsumer<C, EngramException> refuse,
            Predicate<C> isStop,
            Runnable passivate,
            EngramException closing) {
        super(type);
        this.refuse = refuse;
        this.isStop = isStop;
        this.passivate = passivate;
        this.closing = closing;
    }

    /**
     * The actor works on this command, and its answer is the actor's to give.
     *
     * @return false if the command was refused already, and must not be carried out
     */
    boolean begin(C command) {
        var arrived = commands.remove(command);
        arrivedNanos = arrived == null ? System.nanoTime() : arrived;
        return givenUp.isEmpty();
    }

    /** When the command arrived that was begun on last, by {@link System#nanoTime()}. */
    long arrivedNanos() {
        return arrivedNanos;
    }

    /** The journal has failed: refuses everything with this reason from here on, and has the shard stop the actor. */
    void giveUp(EngramException reason) {
        givenUp = Optional.of(reason);
        refuseAll(reason);
        passivate.run();
    }

    private void refuseAll(EngramException reason) {
        List.copyOf(commands.keySet()).forEach(command -> refuse.accept(command, reason));
        commands.clear();
    }

    @Override
    public Behavior<C> aroundReceive(TypedActorContext<C> context, C command, ReceiveTarget<C> target) {
        if (givenUp.isPresent()) {
            if (isStop.test(command)) {
                return Behaviors.stopped();
            }
            refuse.accept(command, givenUp.get());
            return Behaviors.same();
        }
        commands.put(command, System.nanoTime());
        return target.apply(context, command);
    }

    @Override
    public Behavior<C> aroundSignal(TypedActorContext<C> context, Signal signal, SignalTarget<C> target) {
        if (signal instanceof PostStop) {
            refuseAll(closing);
        }
        return target.apply(context, signal);
    }
}
