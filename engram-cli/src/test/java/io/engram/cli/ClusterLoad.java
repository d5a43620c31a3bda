package io.engram.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.proof.Clients;
import io.engram.proof.Ledger;
import java.util.ArrayList;
import java.util.Random;

/** Clients of a cluster, and what they know. */
final class ClusterLoad implements AutoCloseable {
    /** Gets half of all writes. */
    static final String BUSY = "space-0";

    private static final long SEED = Long.getLong("engram.proof.seed", 20_261_125);
    private static final int CLIENTS = 4;
    private static final int SPACES = 8;

    private final Ledger ledger = new Ledger();
    private final Clients clients = new Clients(ledger, SEED, CLIENTS, SPACES);
    private final Random random = new Random(SEED);
    private final ClusterProcesses cluster;
    private final ClusterTarget target;

    ClusterLoad(ClusterProcesses cluster) {
        this.cluster = cluster;
        target = new ClusterTarget(cluster.members(), SEED);
    }

    /** A line of the report. */
    static void say(String form, Object... values) {
        System.out.println("CLUSTER " + form.formatted(values));
    }

    ClusterTarget target() {
        return target;
    }

    Ledger ledger() {
        return ledger;
    }

    Clients.Run start() {
        return clients.start(target);
    }

    /** Waits until all is well, and holds what every node answers against what was acknowledged. No client may be at work. */
    void assertAllIsFound() throws Exception {
        cluster.awaitHealthy();
        var faults = new ArrayList<String>();
        clients.retry(target, random).ifPresent(faults::add);
        for (var everything : target.everythingOnEach()) {
            faults.addAll(ledger.compare(everything));
        }
        say("%s; not answered with success: %s", ledger.summary(), target.refusals());
        assertThat(faults).as("seed %d", SEED).isEmpty();
    }

    @Override
    public void close() {
        target.close();
    }
}
