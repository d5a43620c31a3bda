package io.engram.bench;

import java.io.IOException;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * What a surviving node says of one that died, asked again and again. The steps are those of the node that asks for them last:
 * nobody is served before everybody concerned has come so far.
 */
final class DeathWatch implements AutoCloseable {
    private static final long LOOK_MS = 25;

    private final ClusterNodes.Member witness;
    private final String dead;
    private final long diedNanos;
    private final Thread thread;
    private volatile double missedMs = Double.NaN;
    private volatile double movedMs = Double.NaN;
    private volatile boolean closed;

    private DeathWatch(ClusterNodes.Member witness, String dead, long diedNanos) {
        this.witness = witness;
        this.dead = dead;
        this.diedNanos = diedNanos;
        thread = Thread.ofPlatform().name("watch-" + witness.name()).unstarted(this::watch);
    }

    static List<DeathWatch> start(Collection<ClusterNodes.Member> witnesses, String dead, long diedNanos) {
        var watches = witnesses.stream()
                .map(each -> new DeathWatch(each, dead, diedNanos))
                .toList();
        watches.forEach(each -> each.thread.start());
        return watches;
    }

    private void watch() {
        while (!closed) {
            try (var connection = witness.connect()) {
                while (!closed) {
                    look(ClusterState.nodes(connection));
                    TimeUnit.MILLISECONDS.sleep(LOOK_MS);
                }
            } catch (IOException e) {
                continue;
            } catch (InterruptedException e) {
                return;
            }
        }
    }

    private void look(ClusterState.Nodes nodes) {
        double ms = (System.nanoTime() - diedNanos) / 1e6;
        if (nodes.isAlive(dead)) {
            return;
        }
        if (Double.isNaN(missedMs)) {
            missedMs = ms;
        }
        if (Double.isNaN(movedMs) && nodes.led(dead) == 0) {
            movedMs = ms;
        }
    }

    boolean hasMoved() {
        return !Double.isNaN(movedMs);
    }

    /** When all of them had missed the dead node, in milliseconds since it died. */
    static double missedMs(List<DeathWatch> watches) {
        return watches.stream().mapToDouble(each -> each.missedMs).max().orElseThrow();
    }

    /** When the last of them knew a catalog in which the dead node leads nothing. */
    static double movedMs(List<DeathWatch> watches) {
        return watches.stream().mapToDouble(each -> each.movedMs).max().orElseThrow();
    }

    @Override
    public void close() throws InterruptedException {
        closed = true;
        thread.interrupt();
        thread.join();
    }
}
