package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class AdmissionTest {
    private static final SpaceId A = new SpaceId("aaa");
    private static final SpaceId B = new SpaceId("bbb");

    @Test
    void a_space_takes_no_more_than_its_share_and_the_node_no_more_than_its_limit() {
        var admission = new Admission(2, 3);
        admission.enter(A);
        admission.enter(A);
        assertThatThrownBy(() -> admission.enter(A)).hasMessageContaining("aaa");
        admission.enter(B);
        assertThatThrownBy(() -> admission.enter(B)).hasMessageContaining("node");
        assertThat(admission.inFlight()).isEqualTo(3);
        admission.leave(A);
        admission.enter(B);
        assertThat(admission.inFlight()).isEqualTo(3);
    }

    @Test
    void what_was_refused_is_not_counted() {
        var admission = new Admission(1, 10);
        admission.enter(A);
        for (int i = 0; i < 20; i++) {
            assertThatThrownBy(() -> admission.enter(A)).isInstanceOf(EngramException.class);
        }
        admission.leave(A);
        admission.enter(A);
        assertThat(admission.inFlight()).isEqualTo(1);
    }
}
