package io.engram.node;

import io.engram.health.Crashes;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.Props;
import org.apache.pekko.actor.typed.eventstream.EventStream;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.dispatch.MessageDispatcher;
import org.apache.pekko.event.Logging;

/**
 * Counts and reports what ends tasks of dispatchers. Pekko catches it before any handler of the thread sees it, and tells it as an
 * event for its own log; this actor listens to those events. It owns nothing, and when it dies with its system nobody is told any
 * more. Errors that are fatal do not come this way: those Pekko lets pass, see {@link ReportingExecutor}.
 */
final class DispatcherFailures {
    /** What Pekko calls a task that was handed to a dispatcher. */
    private static final String TASK = "TaskInvocation";

    private DispatcherFailures() {}

    static void watch(ActorSystem<?> system) {
        var listener = system.systemActorOf(listening(), "dispatcher-failures", Props.empty());
        system.eventStream().tell(new EventStream.Subscribe<>(Logging.Error.class, listener));
    }

    private static Behavior<Logging.Error> listening() {
        return Behaviors.receiveMessage(event -> {
            if (isOfATask(event)) {
                Crashes.ofTask(event.thread() == null ? TASK : event.thread().getName(), event.cause());
            }
            return Behaviors.same();
        });
    }

    /** A task itself, or what was to follow on a result that a task waits for. */
    private static boolean isOfATask(Logging.Error event) {
        return event.logSource().equals(TASK) || MessageDispatcher.class.isAssignableFrom(event.logClass());
    }
}
