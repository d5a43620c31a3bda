package io.engram.dist.systemd;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.engram.dist.Checkout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** Machines with systemd, by the script that says what it saw. Takes minutes, and needs root. */
@Tag("long")
class BootedMachineTest {
    private static final int SKIPPED = 77;

    @Test
    void what_is_installed_by_the_document_survives_what_is_done_to_it() throws Exception {
        var result = Checkout.run(
                3600, Checkout.ROOT.resolve("deployments/systemd/prove").toString());
        System.out.println(result.output());
        assumeThat(result.exitCode())
                .as("SKIPPED, so that nothing was booted: " + result.output())
                .isNotEqualTo(SKIPPED);
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.output()).contains("all of it was seen");
    }
}
