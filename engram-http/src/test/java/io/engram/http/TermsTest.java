package io.engram.http;

import static org.assertj.core.api.Assertions.assertThat;

import io.engram.space.RequestTerms;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

class TermsTest {
    private static final FakeSpaces SPACES = new FakeSpaces();
    private static final String STONE = "{\"id\":\"m1\",\"content\":\"Ana moved to Lisbon\"}";
    private static Door door;

    @BeforeAll
    static void open() {
        door = Door.open(SPACES);
    }

    @AfterAll
    static void close() {
        door.close();
    }

    @Test
    void a_request_says_on_which_terms_it_is_answered_and_the_answer_by_whom() {
        SPACES.node = Optional.of("node-2");
        var stored = door.post("/api/v1/memories/remember?acknowledgement=all", STONE);
        assertThat(stored.headers().firstValue("X-Engram-Served-By")).contains("node-2");
        assertThat(SPACES.terms)
                .isEqualTo(new RequestTerms(RequestTerms.Consistency.PRIMARY, RequestTerms.Acknowledgement.ALL));
        for (var path : List.of("/m1", "/m1/history", "", "/search?q=lisbon", "/recall?q=lisbon")) {
            SPACES.terms = RequestTerms.ORDINARY;
            var url = "/api/v1/memories" + path + (path.contains("?") ? "&" : "?") + "consistency=strict";
            assertThat(door.get(url).status()).as(url).isEqualTo(200);
            assertThat(SPACES.terms.consistency()).as(url).isEqualTo(RequestTerms.Consistency.STRICT);
        }
        door.get("/api/v1/memories/m1?consistency=strict", "X-Engram-Consistency", "primary");
        assertThat(SPACES.terms).as("the header comes first").isEqualTo(RequestTerms.ORDINARY);
        assertThat(door.get("/api/v1/memories/m1").headers().firstValue("X-Engram-Lag"))
                .isEmpty();
        assertThat(door.get("/api/v1/memories/m1?consistency=nearest").headers().firstValue("X-Engram-Lag"))
                .contains("3");
        SPACES.node = Optional.empty();
        assertThat(door.get("/api/v1/memories/m1").headers().firstValue("X-Engram-Served-By"))
                .isEmpty();
    }

    @Test
    void terms_that_nobody_meets_are_refused() {
        SPACES.existing().forEach(SPACES::deleteSpace);
        assertThat(door.get("/api/v1/memories?consistency=odd").status()).isEqualTo(400);
        assertThat(door.post("/api/v1/memories/remember?acknowledgement=primary", STONE)
                        .status())
                .isEqualTo(501);
        assertThat(door.get("/api/v1/memories", "X-Engram-Consistency", "").status())
                .isEqualTo(400);
        assertThat(door.post("/api/v1/memories/remember?acknowledgement=some", STONE)
                        .status())
                .isEqualTo(400);
        assertThat(SPACES.existing()).as("nothing was stored").isEmpty();
    }
}
