package io.engram.dist;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** The image with the model, and data that both images have written. Takes minutes and needs Docker. */
@Tag("long")
class DockerEncoderTest {
    private static final String NAME = "engram-under-test-onnx";
    private static final String VOLUME = "engram-under-test-onnx";

    private static final String CAKE = "Grandmother's apple cake needs four eggs and a pinch of cinnamon.";
    private static final String CAKE_CUE = "ingredients for the dessert that granny bakes";
    private static final String TREATY = "The treaty was signed in Vienna after months of negotiation.";
    private static final String TREATY_CUE = "Diplomats finally reached an agreement in Austria.";

    @BeforeAll
    static void build() throws Exception {
        Docker.image();
        Docker.imageWithEncoder();
    }

    @AfterEach
    void remove() throws Exception {
        Docker.remove(NAME);
        Docker.removeVolumes(VOLUME);
    }

    private static void start(String image, String provider) throws Exception {
        Docker.remove(NAME);
        Docker.startImage(
                image,
                NAME,
                "--volume",
                VOLUME + ":/data",
                "--memory=1g",
                "-e",
                "ENGRAM_EMBEDDING_PROVIDER=" + provider);
        Docker.awaitHealthy(NAME);
        if (!provider.equals("none")) {
            await().atMost(Duration.ofMinutes(1))
                    .until(() -> Docker.client(NAME, "status").output().contains("is ready"));
        }
    }

    private static void stop() throws Exception {
        Docker.ok("stop", "--time", "30", NAME);
        assertThat(Docker.exitCode(NAME)).isZero();
    }

    private static void remember(String text) throws Exception {
        var result = Docker.client(NAME, "memory", "create", text, "--space", "home");
        assertThat(result.exitCode()).as(result.output()).isZero();
    }

    private static String search(String text) throws Exception {
        return Docker.client(NAME, "memory", "search", text, "--space", "home").output();
    }

    private static void awaitFound(String cue, String text) {
        await().atMost(Duration.ofMinutes(1))
                .pollInterval(Duration.ofSeconds(1))
                .untilAsserted(() -> assertThat(search(cue)).contains(text));
    }

    @Test
    void the_model_finds_what_shares_no_word_with_the_cue_also_after_a_kill() throws Exception {
        start(Docker.imageWithEncoder(), "onnx");
        assertThat(Docker.client(NAME, "status").output()).contains("e5-small-v2-int8@1 is ready");
        remember(CAKE);
        awaitFound(CAKE_CUE, CAKE);
        Docker.ok("kill", NAME);
        Docker.awaitEnd(NAME);
        assertThat(Docker.exitCode(NAME)).isEqualTo(137);
        Docker.ok("start", NAME);
        Docker.awaitHealthy(NAME);
        awaitFound(CAKE_CUE, CAKE);
        assertThat(Docker.ok("diff", NAME)).doesNotContain(".so", "/opt");
        assertThat(Docker.logs(NAME)).doesNotContain("UnsatisfiedLinkError", "failed to map");
        stop();
    }

    @Test
    void what_one_image_has_written_the_other_finds_by_its_words_and_what_had_no_vector_gets_one() throws Exception {
        start(Docker.image(), "static");
        remember(CAKE);
        awaitFound("apple cinnamon eggs", CAKE);
        stop();
        start(Docker.image(), "none");
        remember(TREATY);
        stop();
        start(Docker.imageWithEncoder(), "onnx");
        awaitFound(TREATY_CUE, TREATY);
        assertThat(search("cinnamon")).contains(CAKE);
        // By the model this cue finds it, as the other test shows; but this text's vector is the table's.
        assertThat(search(CAKE_CUE)).doesNotContain(CAKE);
        stop();
        start(Docker.imageWithEncoder(), "static");
        assertThat(Docker.client(NAME, "status").output()).contains("e5-small-v2-static-256@1 is ready");
        assertThat(search("cinnamon")).contains(CAKE);
    }
}
