package io.engram.simulation;

/**
 * The clocks of one machine: a monotonic one, which may run too fast or too slow and may stand still while the machine is
 * suspended, and a wall clock on top of it, which may jump in both directions.
 */
public final class SimulatedClock {
    private final VirtualTime time;
    private final FaultCounts faults;
    private long baseTrueMicros;
    private long baseLocalMicros;
    private long wallOffsetMicros;
    private double rate = 1;
    private boolean stopped;

    SimulatedClock(VirtualTime time, FaultCounts faults) {
        this.time = time;
        this.faults = faults;
    }

    /** Never runs backwards. Its zero means nothing. */
    public long monotonicMicros() {
        return stopped ? baseLocalMicros : baseLocalMicros + (long) ((time.nowMicros() - baseTrueMicros) * rate);
    }

    /** What the machine takes for the time of day. */
    public long wallMicros() {
        return monotonicMicros() + wallOffsetMicros;
    }

    /** Lets the wall clock jump, backwards if negative. */
    public void jump(long micros) {
        wallOffsetMicros += micros;
        faults.add(FaultCounts.CLOCK_JUMP);
    }

    /** From now on, local microseconds for each true one: 1.01 is a clock that gains one percent. */
    public void setRate(double rate) {
        if (rate <= 0) {
            throw new IllegalArgumentException("a clock rate of " + rate);
        }
        rebase();
        if (this.rate != rate) {
            this.rate = rate;
            faults.add(FaultCounts.CLOCK_RATE);
        }
    }

    void stop() {
        rebase();
        stopped = true;
    }

    void resume() {
        rebase();
        stopped = false;
    }

    /** True time until the monotonic clock shows a moment, if it goes on as it does now; at least 1 if it is ahead. */
    long trueDelayUntil(long monotonicMicros) {
        var left = monotonicMicros - monotonicMicros();
        return left <= 0 ? 0 : Math.max(1, (long) Math.ceil(left / rate));
    }

    private void rebase() {
        baseLocalMicros = monotonicMicros();
        baseTrueMicros = time.nowMicros();
    }
}
