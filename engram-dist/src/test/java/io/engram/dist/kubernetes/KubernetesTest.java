package io.engram.dist.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.engram.dist.Checkout;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** A Kubernetes of two machines, by the script that says what it saw. Takes most of an hour the first time, and needs root. */
@Tag("long")
class KubernetesTest {
    private static final int SKIPPED = 77;

    @Test
    void what_is_installed_by_the_guide_survives_what_happens_to_a_cluster() throws Exception {
        var result = Checkout.run(
                2 * 3600,
                Checkout.ROOT.resolve("deployments/kubernetes/proof/prove").toString());
        System.out.println(result.output());
        assumeThat(result.exitCode())
                .as("SKIPPED, so that nothing was started: " + result.output())
                .isNotEqualTo(SKIPPED);
        assertThat(result.exitCode()).as(result.output()).isZero();
        assertThat(result.output()).contains("all of it was seen");
    }
}
