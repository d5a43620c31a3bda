package io.engram.space;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class KeptAnswersTest {
    private static final Instant T = Instant.parse("2026-11-03T10:00:00Z");

    private static KeptAnswers.Answer answer(String key, Instant at) {
        return new KeptAnswers.Answer.Forgotten(
                new SpaceEvent.RequestKey(key, "f"), new ForgetReceipt("m", ForgetRequest.Mode.DELETE, at, false), at);
    }

    @Test
    void an_answer_is_kept_for_the_window_and_no_longer() {
        var answers = new KeptAnswers(Duration.ofHours(1), 100);
        answers.put(answer("a", T));
        answers.put(answer("b", T.plusSeconds(3600)));
        assertThat(answers.get("a")).isPresent();
        answers.put(answer("c", T.plusSeconds(3601)));
        assertThat(answers.get("a")).isEmpty();
        assertThat(answers.get("b")).isPresent();
    }

    @Test
    void no_more_answers_are_kept_than_the_limit_and_the_oldest_goes_first() {
        var answers = new KeptAnswers(Duration.ofHours(1), 3);
        for (int i = 0; i < 10; i++) {
            answers.put(answer("k" + i, T.plusSeconds(i)));
        }
        assertThat(answers.all()).extracting(a -> a.request().key()).containsExactly("k7", "k8", "k9");
    }
}
