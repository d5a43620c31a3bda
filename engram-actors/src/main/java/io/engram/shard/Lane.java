package io.engram.shard;

import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One thread that runs tasks one after another, in order, and timers when they are due. What state machines need that are not
 * safe for several threads. After each run of tasks, when nothing waits any more, it does once what a batch is worth waiting
 * for: {@code afterEach}.
 */
public final class Lane implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Lane.class);
    /** So many tasks are run before {@code afterEach} has its turn, however many wait. */
    private static final int MOST_AT_ONCE = 256;

    private record Timer(long atNanos, long number, Runnable task) {}

    private final LinkedBlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
    private final PriorityQueue<Timer> timers =
            new PriorityQueue<>(Comparator.comparingLong(Timer::atNanos).thenComparingLong(Timer::number));
    private final Runnable afterEach;
    private final Thread thread;
    private long timersMade;
    private volatile boolean closed;

    /** @param afterEach run on the lane's own thread */
    public Lane(String name, Runnable afterEach) {
        this.afterEach = afterEach;
        thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
    }

    /** To be called once, when everything that tasks touch is there. */
    public Lane start() {
        thread.start();
        return this;
    }

    /** Runs a task on the lane's thread; does nothing once the lane is closed. */
    public void execute(Runnable task) {
        if (!closed) {
            tasks.add(task);
        }
    }

    /** How many tasks wait. */
    public int waiting() {
        return tasks.size();
    }

    /** Runs a task at a time of {@link System#nanoTime}; to be called on the lane's thread only. */
    public void at(long nanos, Runnable task) {
        timers.add(new Timer(nanos, timersMade++, task));
    }

    /** A time on the lane's clock, in microseconds: it never runs backwards, and its zero means nothing. */
    public static long micros() {
        return Math.floorDiv(System.nanoTime(), 1_000);
    }

    private void run() {
        while (!closed) {
            try {
                var first = waitForOne();
                var done = 0;
                for (var task = first; task != null; task = ++done < MOST_AT_ONCE ? tasks.poll() : null) {
                    guarded(task);
                }
                runDueTimers();
                guarded(afterEach);
            } catch (InterruptedException e) {
                // Closed.
                return;
            }
        }
    }

    private Runnable waitForOne() throws InterruptedException {
        var timer = timers.peek();
        if (timer == null) {
            return tasks.take();
        }
        var wait = timer.atNanos - System.nanoTime();
        var task = wait > 0 ? tasks.poll(wait, TimeUnit.NANOSECONDS) : tasks.poll();
        return task == null ? () -> {} : task;
    }

    private void runDueTimers() {
        var now = System.nanoTime();
        for (var timer = timers.peek(); timer != null && timer.atNanos - now <= 0; timer = timers.peek()) {
            timers.remove();
            guarded(timer.task);
        }
    }

    /** A bug in one task must not end what all the others depend on. */
    private static void guarded(Runnable task) {
        try {
            task.run();
        } catch (RuntimeException e) {
            LOG.error("a task of the lane {} failed", Thread.currentThread().getName(), e);
        }
    }

    /** Takes nothing more. What is running is finished, unless it waits. */
    @Override
    public void close() {
        closed = true;
        thread.interrupt();
    }
}
