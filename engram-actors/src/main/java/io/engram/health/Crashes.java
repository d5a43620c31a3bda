package io.engram.health;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Errors that nothing expected, from wherever they are met: counted, and told to whoever reports them. There is one for the whole process, as
 * there is one handler of uncaught errors.
 */
public final class Crashes {
    /** Where an error was met. */
    public enum Kind {
        /** It ended a thread. */
        THREAD,
        /** It ended a task of a dispatcher, whose thread goes on with the next one. */
        TASK,
        /** It ended an actor, which is made anew when it is next needed. */
        ACTOR,
        /** After it nothing can be relied on: the process ends. */
        FATAL
    }

    /** Who tells people. */
    public interface Reporter {
        /**
         * An error has been met and counted. Does not return where the kind is {@link Kind#FATAL}.
         *
         * @param where the thread's name, the actor's path, or what was being answered
         */
        void report(Kind kind, Throwable error, String where);
    }

    /** Given back when memory is exhausted, so that there is some to say so with. */
    private static final AtomicReference<byte @Nullable []> RESERVE = new AtomicReference<>(new byte[1 << 20]);

    private static final AtomicLongArray COUNTS = new AtomicLongArray(Kind.values().length);
    private static volatile Reporter reporter = (kind, error, where) -> {};

    private Crashes() {}

    /** Has errors told from now on. */
    public static void reportTo(Reporter whom) {
        reporter = whom;
    }

    /** Has the counts in {@code meters}, from zero. */
    public static void bindTo(MeterRegistry meters) {
        Arrays.stream(Kind.values())
                .forEach(kind -> FunctionCounter.builder("engram.crashes", COUNTS, counts -> counts.get(kind.ordinal()))
                        .description("Errors that nothing in the program expected")
                        .tag("kind", kind.name().toLowerCase(Locale.ROOT))
                        .register(meters));
    }

    /** How many of a kind there were since the process began. */
    public static long count(Kind kind) {
        return COUNTS.get(kind.ordinal());
    }

    /** An error has ended a thread. */
    public static void ofThread(Thread thread, Throwable error) {
        met(Kind.THREAD, error, thread.getName());
    }

    /** An error has ended a task of a dispatcher. */
    public static void ofTask(String thread, Throwable error) {
        met(Kind.TASK, error, thread);
    }

    /** An error has ended an actor. */
    public static void ofActor(String path, Throwable error) {
        met(Kind.ACTOR, error, path);
    }

    /** A failure was caught where it could be answered; it is of interest here only if it is fatal. */
    public static void seen(Throwable failure, String where) {
        if (isFatal(failure)) {
            met(Kind.FATAL, failure, where);
        }
    }

    private static void met(Kind kind, Throwable error, String where) {
        if (error instanceof OutOfMemoryError) {
            RESERVE.set(null);
        }
        var graver = isFatal(error) ? Kind.FATAL : kind;
        COUNTS.incrementAndGet(graver.ordinal());
        reporter.report(graver, error, where);
    }

    /**
     * Whether the process must not go on: the virtual machine has run out of something or is broken, or classes do not fit together. A
     * stack that is too deep is undone by leaving it.
     */
    public static boolean isFatal(Throwable failure) {
        var seen = new IdentityHashMap<Throwable, Boolean>();
        for (@Nullable Throwable each = failure; each != null && seen.put(each, true) == null; each = each.getCause()) {
            if ((each instanceof VirtualMachineError && !(each instanceof StackOverflowError))
                    || each instanceof LinkageError) {
                return true;
            }
        }
        return false;
    }
}
